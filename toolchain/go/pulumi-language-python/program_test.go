package main

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestAnEmptyConfigurationIsAnEmptyObject(t *testing.T) {
	variables, err := configurationVariables(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	// `null` would crash the SDK.
	if want := []string{"PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]"}; !slices.Equal(variables, want) {
		t.Errorf("got %q, want %q", variables, want)
	}
}

func TestTheExecutorIsToldEverythingTheEngineSaid(t *testing.T) {
	host := newLanguageHost(context.Background(), "/sdk/exec", "127.0.0.1:1", "")
	arguments := strings.Join(host.programArguments(&pulumirpc.RunRequest{
		Project: "tasks", Stack: "dev", Pwd: "/project", DryRun: true, Parallel: 4, MonitorAddress: "127.0.0.1:2",
		Organization: "organization", Args: []string{"more"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/projects", EntryPoint: "."},
	}), " ")
	want := "/sdk/exec --monitor 127.0.0.1:2 --engine 127.0.0.1:1 --project tasks --root_directory /projects --stack dev " +
		"--pwd /project --dry_run true --parallel 4 --organization organization . more"
	if arguments != want {
		t.Errorf("got  %s\nwant %s", arguments, want)
	}
}

func TestHowAProgramEndedIsTold(t *testing.T) {
	exit := func(code string) error { return exec.Command("sh", "-c", "exit "+code).Run() }
	for _, test := range []struct {
		ended error
		bail  bool
		says  string
	}{
		{nil, false, ""},
		{exit("32"), true, ""},
		{exit("3"), false, "exited with code 3"},
		{exec.Command("sh", "-c", "kill -TERM $$").Run(), false, "by a signal"},
	} {
		response, err := runResponse(test.ended)
		if err != nil {
			t.Fatal(err)
		}
		if response.GetBail() != test.bail || !strings.Contains(response.GetError(), test.says) {
			t.Errorf("%v: got %v", test.ended, response)
		}
	}
	if _, err := runResponse(errors.New("no such file")); err == nil {
		t.Error("a program that cannot be started is an error of the host")
	}
}

func TestCancelEndsAChildGently(t *testing.T) {
	host := newLanguageHost(context.Background(), "", "", "")
	ctx, done := host.untilCancelled(context.Background())
	defer done()
	child := exec.CommandContext(ctx, "sh", "-c", `trap 'echo gently; exit 7' TERM; echo ready; while :; do sleep 0.01; done`)
	endGently(child)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		line := make([]byte, 64)
		n, err := output.Read(line)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(line[:n]))
	}
	if got := read(); got != "ready" {
		t.Fatalf("got %q", got)
	}
	if _, err := host.Cancel(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "gently" {
		t.Errorf("got %q", got)
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("got %v", err)
	}
}
