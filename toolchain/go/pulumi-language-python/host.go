package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// childGrace is what a child process is given between SIGTERM and SIGKILL.
const childGrace = 5 * time.Second

// executorName is the script of the Pulumi SDK that runs a program; it is installed beside this executable.
const executorName = "pulumi-language-python-exec"

// languageHost answers the calls of pulumi/language.proto. Those it does not implement are answered "unimplemented",
// which the engine takes as such.
type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	executor      string
	engineAddress string
	tracing       string
	// running ends when the engine cancels or is gone; every child process ends with it.
	running context.Context
	cancel  context.CancelFunc
}

func newLanguageHost(ctx context.Context, executor, engineAddress, tracing string) *languageHost {
	running, cancel := context.WithCancel(ctx)
	return &languageHost{
		executor: executor, engineAddress: engineAddress, tracing: tracing,
		running: running, cancel: cancel,
	}
}

func findExecutor() (string, error) {
	executable, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("the executable's own path is unknown: %w", err)
	}
	// Through a symbolic link (say, in a folder of PATH) the script still lies beside the real file.
	if executable, err = filepath.EvalSymlinks(executable); err != nil {
		return "", err
	}
	executor := filepath.Join(filepath.Dir(executable), executorName)
	if _, err := os.Stat(executor); err != nil {
		return "", fmt.Errorf("%s must lie beside this executable: %w", executorName, err)
	}
	return executor, nil
}

// GetPluginInfo tells the engine the version, which it compares with its own.
func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel ends every child process: the engine calls it on Ctrl-C, and once at its exit.
func (h *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// untilCancelled gives a context that ends with the call's own and with Cancel.
func (h *languageHost) untilCancelled(call context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(call)
	stop := context.AfterFunc(h.running, cancel)
	return ctx, func() { stop(); cancel() }
}

// endGently has the end of the command's context send SIGTERM (Python then runs its exit handlers), and SIGKILL only
// after childGrace. The child stays in this process's group, so that it gets the engine's signals too.
func endGently(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = childGrace
}
