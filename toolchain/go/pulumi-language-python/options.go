package main

import (
	"fmt"
	"os"
	"path/filepath"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// pluginVirtualenv is where a component plugin's dependencies go when its PulumiPlugin.yaml names no place.
const pluginVirtualenv = "venv"

// parseOptions reads `runtime.options` of Pulumi.yaml, PulumiPlugin.yaml or PulumiPolicy.yaml:
// virtualenv (a path, relative to that file), toolchain (pip, poetry, uv) and typechecker (mypy, pyright).
func parseOptions(info *pulumirpc.ProgramInfo) (toolchain.PythonOptions, error) {
	options := toolchain.PythonOptions{Root: info.GetRootDirectory(), ProgramDir: info.GetProgramDirectory()}
	for name, value := range info.GetOptions().AsMap() {
		text, isText := value.(string)
		if !isText {
			return options, fmt.Errorf("runtime.options.%s is %v; it must be a string", name, value)
		}
		switch {
		case name == "virtualenv":
			options.Virtualenv = text
		case name == "toolchain" && text == "pip":
			options.Toolchain = toolchain.Pip
		case name == "toolchain" && text == "poetry":
			options.Toolchain = toolchain.Poetry
		case name == "toolchain" && text == "uv":
			options.Toolchain = toolchain.Uv
		case name == "toolchain":
			return options, fmt.Errorf("runtime.options.toolchain is %q; it must be pip, poetry or uv", text)
		case name == "typechecker" && text == "mypy":
			options.Typechecker = toolchain.TypeCheckerMypy
		case name == "typechecker" && text == "pyright":
			options.Typechecker = toolchain.TypeCheckerPyright
		case name == "typechecker":
			return options, fmt.Errorf("runtime.options.typechecker is %q; it must be mypy or pyright", text)
		default:
			return options, fmt.Errorf(
				"runtime.options.%s is unknown; known are virtualenv, toolchain and typechecker", name)
		}
	}
	if options.Virtualenv == "" && usesPip(options) && isComponentPlugin(options.ProgramDir) {
		options.Virtualenv = pluginVirtualenv
	}
	return options, nil
}

// usesPip tells whether the sdk's toolchain will be pip: because the options say so, or because they say nothing and
// there is no lock file of another in the program's folder or above.
func usesPip(options toolchain.PythonOptions) bool {
	if options.Toolchain != toolchain.Auto {
		return options.Toolchain == toolchain.Pip
	}
	for folder := options.ProgramDir; ; folder = filepath.Dir(folder) {
		for _, lock := range []string{"uv.lock", "poetry.lock"} {
			if _, err := os.Stat(filepath.Join(folder, lock)); err == nil {
				return false
			}
		}
		if folder == filepath.Dir(folder) {
			return true
		}
	}
}

func isComponentPlugin(programDirectory string) bool {
	_, err := os.Stat(filepath.Join(programDirectory, "PulumiPlugin.yaml"))
	return err == nil
}

func resolveToolchain(info *pulumirpc.ProgramInfo) (toolchain.Toolchain, error) {
	options, err := parseOptions(info)
	if err != nil {
		return nil, err
	}
	return toolchain.ResolveToolchain(options)
}
