// Command pulumi-language-python lets the Pulumi engine run programs, policy packs and component plugins written in
// Python. It is a thin stand-in for the host of the same name that Pulumi installs, for machines where that one
// cannot be downloaded; resolving interpreters, virtual environments and package managers is left to the package
// sdk/v3/python/toolchain, which the official host uses too.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// engineCheckInterval is how soon the host notices that its engine was killed, and goes too.
const engineCheckInterval = 3 * time.Second

func main() {
	var tracing string
	flag.StringVar(&tracing, "tracing", "", "send traces to this Zipkin-compatible endpoint")
	flag.Parse()

	if err := serve(flag.Arg(0), tracing); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python: %v\n", err)
		os.Exit(1)
	}
}

// serve answers the engine at engineAddress ("host:port") until the engine goes away or interrupts this process.
func serve(engineAddress, tracing string) error {
	logging.InitLogging(false, 0, false)
	cmdutil.InitTracing("pulumi-language-python", "pulumi-language-python", tracing)
	defer cmdutil.CloseTracing()

	executor, err := findExecutor()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if engineAddress != "" {
		if err := rpcutil.Healthcheck(ctx, engineAddress, engineCheckInterval, cancel); err != nil {
			return fmt.Errorf("cannot watch the engine at %s: %w", engineAddress, err)
		}
	}
	stop := make(chan bool)
	context.AfterFunc(ctx, func() { close(stop) })

	host := newLanguageHost(ctx, executor, engineAddress, tracing)
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(srv *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(srv, host)
			return nil
		},
		Options: rpcutil.TracingServerInterceptorOptions(nil),
	})
	if err != nil {
		return fmt.Errorf("cannot listen for the engine: %w", err)
	}
	// The engine reads this line, and only this line, to learn where to connect to.
	fmt.Println(server.Port)
	return <-server.Done
}
