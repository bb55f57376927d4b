package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// listPulumiPackages prints the installed Pulumi packages as JSON. It runs in the program's own interpreter: that is
// a tenth of the time of `pip list`, which would have to be followed by a search for pulumi-plugin.json anyway.
//
//go:embed list_pulumi_packages.py
var listPulumiPackages string

// pulumiPackage is an installed distribution that needs a plugin.
type pulumiPackage struct {
	Name    string                  `json:"name"`
	Version string                  `json:"version"` // semantic, where the distribution's own can be turned into one
	Plugin  plugin.PulumiPluginJSON `json:"plugin"`
}

// GetRequiredPackages tells the engine which plugins the program's packages need.
func (h *languageHost) GetRequiredPackages(
	call context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return nil, err
	}
	ctx, done := h.untilCancelled(call)
	defer done()
	if err := python.ValidateVenv(ctx); err != nil {
		return nil, err
	}
	cmd, err := python.Command(ctx, "-c", listPulumiPackages)
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	endGently(cmd)
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s cannot list its Pulumi packages: %w\n%s", cmd.Path, err, stderr.String())
	}
	var packages []pulumiPackage
	if err := json.Unmarshal(output, &packages); err != nil {
		return nil, fmt.Errorf("%s listed its Pulumi packages as %q: %w", cmd.Path, output, err)
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, installed := range packages {
		response.Packages = append(response.Packages, installed.dependency())
	}
	return response, nil
}

func (p pulumiPackage) dependency() *pulumirpc.PackageDependency {
	dependency := &pulumirpc.PackageDependency{
		Name: p.Name, Kind: string(apitype.ResourcePlugin), Version: p.Version, Server: p.Plugin.Server,
		Parameterization: parameterization(p.Plugin.Parameterization),
		Extension:        parameterization(p.Plugin.ExtensionParameterization),
	}
	if p.Plugin.Name != "" {
		dependency.Name = p.Plugin.Name
	}
	if p.Plugin.Version != "" {
		dependency.Version = p.Plugin.Version
	}
	return dependency
}

func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}

// GetProgramDependencies lists the program's Python packages, for `pulumi about`.
func (h *languageHost) GetProgramDependencies(
	call context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	python, err := resolveToolchain(req.GetInfo())
	if err != nil {
		return nil, err
	}
	ctx, done := h.untilCancelled(call)
	defer done()
	packages, err := python.ListPackages(ctx, req.GetTransitiveDependencies())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, installed := range packages {
		response.Dependencies = append(response.Dependencies,
			&pulumirpc.DependencyInfo{Name: installed.Name, Version: installed.Version})
	}
	return response, nil
}
