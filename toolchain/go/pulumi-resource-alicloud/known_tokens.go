package main

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// knownTokensServer refuses resources and functions that the official provider has and this stand-in does not, with
// a sentence that says so; the bridge's own message would read like a mistake in the program.
type knownTokensServer struct {
	pulumirpc.ResourceProviderServer
	resources map[string]bool
	functions map[string]bool
}

func newKnownTokensServer(
	server pulumirpc.ResourceProviderServer, info tfbridge.ProviderInfo,
) pulumirpc.ResourceProviderServer {
	known := &knownTokensServer{server, map[string]bool{}, map[string]bool{}}
	for _, served := range info.Resources {
		known.resources[string(served.Tok)] = true
	}
	for _, served := range info.DataSources {
		known.functions[string(served.Tok)] = true
	}
	return known
}

// Check is the engine's first call for a resource of the program.
func (s *knownTokensServer) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if err := s.refuseUnknownResource(req.GetUrn()); err != nil {
		return nil, err
	}
	return s.ResourceProviderServer.Check(ctx, req)
}

// Read is the engine's first call for `pulumi import`, `pulumi refresh` and a resource's get().
func (s *knownTokensServer) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if err := s.refuseUnknownResource(req.GetUrn()); err != nil {
		return nil, err
	}
	return s.ResourceProviderServer.Read(ctx, req)
}

// Delete is the first call where an official provider created the resource and this one is to destroy it.
func (s *knownTokensServer) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	if err := s.refuseUnknownResource(req.GetUrn()); err != nil {
		return nil, err
	}
	return s.ResourceProviderServer.Delete(ctx, req)
}

// Invoke is the call of a function such as getAccount.
func (s *knownTokensServer) Invoke(
	ctx context.Context, req *pulumirpc.InvokeRequest,
) (*pulumirpc.InvokeResponse, error) {
	if !s.functions[req.GetTok()] {
		return nil, notServed("function", req.GetTok())
	}
	return s.ResourceProviderServer.Invoke(ctx, req)
}

func (s *knownTokensServer) refuseUnknownResource(urn string) error {
	parsed, err := resource.ParseURN(urn)
	if err != nil {
		return status.Errorf(codes.InvalidArgument, "the resource's URN %q is malformed: %v", urn, err)
	}
	if token := string(parsed.Type()); !s.resources[token] {
		return notServed("resource", token)
	}
	return nil
}

func notServed(kind, token string) error {
	return status.Error(codes.Unimplemented, fmt.Sprintf(
		"the %s %s is not part of this provider: it is the small stand-in for alicloud %s, built because the "+
			"official one could not be downloaded. Install Pulumi (https://www.pulumi.com/docs/install/) to get the "+
			"official provider, which has it", kind, token, pluginVersion))
}
