package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
	"google.golang.org/protobuf/types/known/structpb"
)

// program describes a program in a folder of its own that holds the given empty files.
func program(t *testing.T, options map[string]any, files ...string) *pulumirpc.ProgramInfo {
	t.Helper()
	folder := t.TempDir()
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asStruct, err := structpb.NewStruct(options)
	if err != nil {
		t.Fatal(err)
	}
	return &pulumirpc.ProgramInfo{
		RootDirectory: folder, ProgramDirectory: folder, EntryPoint: ".", Options: asStruct,
	}
}

func TestRuntimeOptionsAreHonoured(t *testing.T) {
	options, err := parseOptions(program(t, map[string]any{
		"toolchain": "uv", "virtualenv": "env", "typechecker": "pyright",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if options.Toolchain != toolchain.Uv || options.Virtualenv != "env" ||
		options.Typechecker != toolchain.TypeCheckerPyright {
		t.Errorf("got %+v", options)
	}
}

func TestAnUnknownRuntimeOptionIsRefusedByName(t *testing.T) {
	for options, want := range map[*pulumirpc.ProgramInfo]string{
		program(t, map[string]any{"toolchain": "conda"}):  `"conda"; it must be pip, poetry or uv`,
		program(t, map[string]any{"typechecker": "pyre"}): `"pyre"; it must be mypy or pyright`,
		program(t, map[string]any{"virtualenvs": "venv"}): "runtime.options.virtualenvs is unknown",
		program(t, map[string]any{"virtualenv": true}):    "runtime.options.virtualenv is true; it must be a string",
	} {
		_, err := parseOptions(options)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", options.GetOptions(), err, want)
		}
	}
}

func TestAComponentPluginHasAVirtualenvByDefaultWhereItUsesPip(t *testing.T) {
	for _, test := range []struct {
		files []string
		want  string
	}{
		{[]string{"PulumiPlugin.yaml"}, "venv"},
		{[]string{"PulumiPlugin.yaml", "uv.lock"}, ""},
		{[]string{"Pulumi.yaml"}, ""},
	} {
		options, err := parseOptions(program(t, nil, test.files...))
		if err != nil {
			t.Fatal(err)
		}
		if options.Virtualenv != test.want {
			t.Errorf("%v: got %q, want %q", test.files, options.Virtualenv, test.want)
		}
	}
}
