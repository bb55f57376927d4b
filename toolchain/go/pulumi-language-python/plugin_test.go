package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAPluginIsRunByItsMainFileOrItsDistribution(t *testing.T) {
	folder := t.TempDir()
	if _, err := pluginTarget(folder); err == nil || !strings.Contains(err.Error(), "neither") {
		t.Errorf("an empty folder: got %v", err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("pyproject.toml", "[project]\nname = \"fc-async-tasks\"\n")
	target, err := pluginTarget(folder)
	if want := []string{"-u", "-m", "pulumi.run.plugin", "fc-async-tasks"}; err != nil || !slices.Equal(target, want) {
		t.Errorf("got %q, %v", target, err)
	}
	write("__main__.py", "")
	target, err = pluginTarget(folder)
	if want := []string{"-u", folder}; err != nil || !slices.Equal(target, want) {
		t.Errorf("got %q, %v", target, err)
	}
}
