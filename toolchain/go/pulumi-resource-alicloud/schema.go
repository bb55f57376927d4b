package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

// schemaFile lies beside the executable; the builder writes it with `pulumi-resource-alicloud -schema`.
const schemaFile = "schema.json"

// printSchema writes the Pulumi package schema of the served resources and functions as JSON.
func printSchema(out io.Writer) error {
	sink := diag.DefaultSink(io.Discard, os.Stderr, diag.FormatOptions{Color: colors.Never})
	spec, err := tfgen.GenerateSchema(providerInfo(), sink)
	if err != nil {
		return fmt.Errorf("the schema cannot be generated: %w", err)
	}
	return json.NewEncoder(out).Encode(spec)
}

// readSchemaBesideExecutable returns the schema that the engine is given and inputs are checked against.
func readSchemaBesideExecutable() ([]byte, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the executable's own path is unknown: %w", err)
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(executable), schemaFile))
	if err != nil {
		return nil, fmt.Errorf("%w; `python -m toolchain --rebuild` makes it again", err)
	}
	return schema, nil
}

// withoutDocs keeps tfgen from looking for the upstream documentation, which is not part of a schema of ours.
func withoutDocs() *tfbridge.DocInfo {
	return &tfbridge.DocInfo{Markdown: []byte(" ")}
}
