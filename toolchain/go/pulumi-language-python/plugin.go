package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// RunPlugin runs a policy pack or a component plugin until it ends, and streams what it prints. The engine takes
// the first line as the plugin's port.
func (h *languageHost) RunPlugin(
	req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	if req.GetAttachDebugger() {
		return errors.New("--attach-debugger needs the language host that Pulumi installs; this is a stand-in")
	}
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return err
	}
	ctx, done := h.untilCancelled(stream.Context())
	defer done()
	if err := python.ValidateVenv(ctx); err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	if req.GetKind() == string(apitype.AnalyzerPlugin) {
		err = h.runPolicyPack(ctx, python, req, stdout, stderr)
	} else {
		err = runComponents(ctx, python, req, stdout, stderr)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stream.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())},
		})
	}
	return err
}

// runPolicyPack serves the pack behind the SDK's proxy: Python packs read the stack's configuration from their
// environment, but the engine sends it only once the pack answers.
func (h *languageHost) runPolicyPack(
	ctx context.Context, python toolchain.Toolchain, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer,
) error {
	pack := req.GetInfo().GetProgramDirectory()
	proxy, packStdout, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	stack, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	cmd, err := python.Command(ctx, "-u", "-m", "pulumi.policy", h.engineAddress, pack)
	if err != nil {
		return err
	}
	if err := inheritEnvironment(ctx, cmd, python, req.GetEnv()); err != nil {
		return err
	}
	if stack != nil { // `pulumi policy publish` looks at a pack without a stack.
		configuration, err := configurationVariables(stack.GetConfig(), stack.GetConfigSecretKeys())
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, configuration...)
		cmd.Env = append(cmd.Env,
			"PULUMI_ORGANIZATION="+stack.GetOrganization(),
			"PULUMI_PROJECT="+stack.GetProject(),
			"PULUMI_STACK="+stack.GetStack(),
			"PULUMI_DRY_RUN="+strconv.FormatBool(stack.GetDryRun()),
		)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = pack, packStdout, stderr
	endGently(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	return proxy.Attach(ctx, cmd)
}

// runComponents serves the components of a plugin folder.
func runComponents(
	ctx context.Context, python toolchain.Toolchain, req *pulumirpc.RunPluginRequest, stdout, stderr io.Writer,
) error {
	target, err := pluginTarget(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return err
	}
	cmd, err := python.Command(ctx, append(target, req.GetArgs()...)...)
	if err != nil {
		return err
	}
	if err := inheritEnvironment(ctx, cmd, python, req.GetEnv()); err != nil {
		return err
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = req.GetPwd(), stdout, stderr
	endGently(cmd)
	return cmd.Run()
}

// pluginTarget gives Python's arguments for a plugin folder: the folder itself where it has a __main__.py, else the
// distribution that its pyproject.toml names, whose components pulumi.run.plugin hosts.
func pluginTarget(folder string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(folder, "__main__.py")); err == nil {
		return []string{"-u", folder}, nil
	}
	project, err := toolchain.LoadPyproject(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("the plugin folder %s has neither a __main__.py nor a pyproject.toml", folder)
	case err != nil:
		return nil, err
	case project.Project == nil || project.Project.Name == "":
		return nil, fmt.Errorf("%s has no project.name", filepath.Join(folder, "pyproject.toml"))
	}
	return []string{"-u", "-m", "pulumi.run.plugin", project.Project.Name}, nil
}

// inheritEnvironment gives the command the environment the engine sent. Activation comes last: that environment has
// a PATH of its own, which would undo the virtual environment.
func inheritEnvironment(ctx context.Context, cmd *exec.Cmd, python toolchain.Toolchain, env []string) error {
	virtualenv, err := python.VirtualEnvPath(ctx)
	if err != nil {
		return err
	}
	cmd.Env = append([]string{}, env...)
	if virtualenv != "" {
		cmd.Env = toolchain.ActivateVirtualEnv(cmd.Env, virtualenv)
	}
	return nil
}
