package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/blang/semver"
	pythongen "github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// InstallDependencies makes the virtual environment and installs what the program or plugin asks for.
func (h *languageHost) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return err
	}
	ctx, done := h.untilCancelled(stream.Context())
	defer done()
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, req.GetIsTerminal())
	if err != nil {
		return err
	}
	err = install(ctx, python, req, stdout, stderr)
	if closeErr := closer.Close(); err == nil {
		err = closeErr
	}
	return err
}

func install(
	ctx context.Context, python toolchain.Toolchain, req *pulumirpc.InstallDependenciesRequest, stdout, stderr io.Writer,
) error {
	folder := req.GetInfo().GetProgramDirectory()
	err := python.InstallDependencies(ctx, folder, req.GetUseLanguageVersionTools(), true, stdout, stderr)
	if err != nil || !req.GetIsPlugin() {
		return err
	}
	options, err := parseOptions(req.GetInfo())
	if err != nil {
		return err
	}
	buildable, err := toolchain.IsBuildablePackage(folder)
	if err != nil || !buildable || !usesPip(options) {
		return err // uv and poetry have installed the package with its dependencies.
	}
	cmd, err := python.ModuleCommand(ctx, "pip", "install", "--disable-pip-version-check", folder)
	if err != nil {
		return err
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, stdout, stderr
	endGently(cmd)
	return cmd.Run()
}

// About names the program's interpreter and package manager, for `pulumi about` and at the start of every update.
func (h *languageHost) About(call context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return nil, err
	}
	ctx, done := h.untilCancelled(call)
	defer done()
	info, err := python.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: info.PythonExecutable,
		Version:    info.PythonVersion.String(),
		Metadata:   map[string]string{"host": "stand-in built by fc-async-tasks"},
	}, nil
}

// Link adds generated SDKs, which `pulumi package add` has put into the project, to its dependencies.
func (h *languageHost) Link(call context.Context, req *pulumirpc.LinkRequest) (*pulumirpc.LinkResponse, error) {
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return nil, err
	}
	ctx, done := h.untilCancelled(call)
	defer done()
	loader, err := schema.NewLoaderClient(req.GetLoaderTarget())
	if err != nil {
		return nil, fmt.Errorf("the engine's schema loader at %s cannot be reached: %w", req.GetLoaderTarget(), err)
	}
	defer loader.Close()

	paths := map[string]string{}
	var imports strings.Builder
	imports.WriteString("You can import the SDK in your Python code with:\n\n")
	for _, dependency := range req.GetPackages() {
		descriptor, err := packageDescriptor(dependency.GetPackage())
		if err != nil {
			return nil, err
		}
		linked, err := loader.LoadPackageReferenceV2(ctx, descriptor)
		if err != nil {
			return nil, err
		}
		module := pythongen.PyPack(linked.Namespace(), linked.Name())
		paths[module] = dependency.GetPath()
		fmt.Fprintf(&imports, "  import %s as %s\n", module, strings.ReplaceAll(linked.Name(), "-", "_"))
	}
	if err := python.LinkPackages(ctx, paths); err != nil {
		return nil, err
	}
	return &pulumirpc.LinkResponse{ImportInstructions: imports.String()}, nil
}

func packageDescriptor(dependency *pulumirpc.PackageDependency) (*schema.PackageDescriptor, error) {
	descriptor := &schema.PackageDescriptor{Name: dependency.GetName(), DownloadURL: dependency.GetServer()}
	if text := dependency.GetVersion(); text != "" {
		version, err := semver.ParseTolerant(text)
		if err != nil {
			return nil, fmt.Errorf("the version %q of package %s: %w", text, dependency.GetName(), err)
		}
		descriptor.Version = &version
	}
	if parameter := dependency.GetParameterization(); parameter != nil {
		version, err := semver.ParseTolerant(parameter.GetVersion())
		if err != nil {
			return nil, fmt.Errorf("the version %q of package %s: %w", parameter.GetVersion(), parameter.GetName(), err)
		}
		descriptor.Parameterization = &schema.ParameterizationDescriptor{
			Name: parameter.GetName(), Version: version, Value: parameter.GetValue(),
		}
	}
	return descriptor, nil
}
