// Command pulumi-resource-alicloud is a small stand-in for Pulumi's alicloud provider 4.0.0, used only where the
// official plugin cannot be downloaded. It serves the resources of resources.go with the code of
// terraform-provider-alicloud, under the type tokens of the official SDKs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// engineCheckInterval is how soon the provider notices that its engine was killed. (provider.Main looks every five
// minutes, which would leave the process behind for as long.)
const engineCheckInterval = 3 * time.Second

func main() {
	printVersion := flag.Bool("version", false, "print the version of the provider and exit")
	writeSchema := flag.Bool("schema", false, "write the Pulumi package schema to standard output and exit")
	flag.Parse()

	var err error
	switch {
	case *printVersion:
		fmt.Println(pluginVersion)
	case *writeSchema:
		err = printSchema(os.Stdout)
	default:
		err = serve(flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-alicloud: %v\n", err)
		os.Exit(1)
	}
}

// serve answers the engine at engineAddress ("host:port") until the engine goes away or interrupts this process.
func serve(engineAddress string) error {
	schema, err := readSchemaBesideExecutable()
	if err != nil {
		return err
	}
	info := providerInfo()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if engineAddress != "" {
		if err := rpcutil.Healthcheck(ctx, engineAddress, engineCheckInterval, cancel); err != nil {
			return fmt.Errorf("cannot watch the engine at %s: %w", engineAddress, err)
		}
	}
	log.SetFlags(0) // The engine shows what a provider logs; the bridge adds level and time itself.
	info.P.InitLogging(ctx)
	return provider.MainContext(ctx, packageName,
		func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
			server := tfbridge.NewProvider(ctx, host, packageName, pluginVersion, info.P, info, schema)
			return newKnownTokensServer(server, info), nil
		})
}
