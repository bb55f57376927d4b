package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// exitAfterMessage is how pulumi-language-python-exec says that it has shown the user what was wrong.
const exitAfterMessage = 32

// Run runs a program to its end, for up, preview and destroy --run-program.
func (h *languageHost) Run(call context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if req.GetAttachDebugger() {
		return nil, errors.New("--attach-debugger needs the language host that Pulumi installs; this is a stand-in")
	}
	options, err := parseOptions(req.GetInfo())
	if err != nil {
		return nil, err
	}
	python, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, err
	}
	ctx, done := h.untilCancelled(call)
	defer done()
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	if options.Typechecker != toolchain.TypeCheckerNone {
		if err := checkTypes(ctx, python, options); err != nil {
			return nil, err
		}
	}
	configuration, err := configurationVariables(req.GetConfig(), req.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	cmd, err := python.Command(ctx, h.programArguments(req)...)
	if err != nil {
		return nil, err
	}
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, configuration...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	endGently(cmd)
	return runResponse(cmd.Run())
}

// programArguments is the command line of pulumi-language-python-exec.
func (h *languageHost) programArguments(req *pulumirpc.RunRequest) []string {
	args := []string{h.executor}
	for _, flag := range [][2]string{
		{"--monitor", req.GetMonitorAddress()},
		{"--engine", h.engineAddress},
		{"--project", req.GetProject()},
		{"--root_directory", req.GetInfo().GetRootDirectory()},
		{"--stack", req.GetStack()},
		{"--pwd", req.GetPwd()},
		{"--dry_run", strconv.FormatBool(req.GetDryRun())},
		{"--parallel", strconv.Itoa(int(req.GetParallel()))},
		{"--organization", req.GetOrganization()},
		{"--tracing", h.tracing},
	} {
		if flag[1] != "" {
			args = append(args, flag[0], flag[1])
		}
	}
	args = append(args, req.GetInfo().GetEntryPoint())
	return append(args, req.GetArgs()...)
}

// configurationVariables carries the stack's configuration to a program or a policy pack. The SDK reads JSON and
// does not take `null` for "nothing".
func configurationVariables(config map[string]string, secretKeys []string) ([]string, error) {
	if config == nil {
		config = map[string]string{}
	}
	if secretKeys == nil {
		secretKeys = []string{}
	}
	configJSON, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("the stack's configuration cannot be passed on: %w", err)
	}
	keysJSON, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, fmt.Errorf("the stack's secret keys cannot be passed on: %w", err)
	}
	return []string{"PULUMI_CONFIG=" + string(configJSON), "PULUMI_CONFIG_SECRET_KEYS=" + string(keysJSON)}, nil
}

// checkTypes runs the type checker of runtime.options over the program's folder; its findings stop the program.
func checkTypes(ctx context.Context, python toolchain.Toolchain, options toolchain.PythonOptions) error {
	checker := map[bool]string{true: "mypy", false: "pyright"}[options.Typechecker == toolchain.TypeCheckerMypy]
	cmd, err := python.ModuleCommand(ctx, checker, options.ProgramDir)
	if err != nil {
		return err
	}
	endGently(cmd)
	cmd.Dir = options.ProgramDir
	if findings, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s (runtime.options.typechecker) found errors, or is not installed:\n%s", checker, findings)
	}
	return nil
}

// runResponse says how the program ended.
func runResponse(err error) (*pulumirpc.RunResponse, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case !errors.As(err, &exit):
		return nil, fmt.Errorf("the program cannot be started: %w", err)
	case exit.ExitCode() == exitAfterMessage:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case exit.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: "program ended by a signal: " + exit.String()}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program exited with code %d", exit.ExitCode())}, nil
	}
}
