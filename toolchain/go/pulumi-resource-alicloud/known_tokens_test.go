package main

import (
	"context"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// recorder is a provider that notes which calls got through to it.
type recorder struct {
	pulumirpc.UnimplementedResourceProviderServer
	calls []string
}

func (r *recorder) Check(context.Context, *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	r.calls = append(r.calls, "Check")
	return &pulumirpc.CheckResponse{}, nil
}

func (r *recorder) Invoke(context.Context, *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	r.calls = append(r.calls, "Invoke")
	return &pulumirpc.InvokeResponse{}, nil
}

func urn(token string) string { return "urn:pulumi:dev::tasks::" + token + "::name" }

func TestServedTokensGetThroughAndOthersAreNamed(t *testing.T) {
	behind := &recorder{}
	server := newKnownTokensServer(behind, providerInfo())
	ctx := context.Background()

	if _, err := server.Check(ctx, &pulumirpc.CheckRequest{Urn: urn("alicloud:ram/role:Role")}); err != nil {
		t.Error(err)
	}
	account := &pulumirpc.InvokeRequest{Tok: "alicloud:index/getAccount:getAccount"}
	if _, err := server.Invoke(ctx, account); err != nil {
		t.Error(err)
	}
	if got := strings.Join(behind.calls, " "); got != "Check Invoke" {
		t.Errorf("got through: %q", got)
	}

	const bucket = "alicloud:oss/bucket:Bucket"
	_, check := server.Check(ctx, &pulumirpc.CheckRequest{Urn: urn(bucket)})
	_, read := server.Read(ctx, &pulumirpc.ReadRequest{Urn: urn(bucket)})
	_, deletion := server.Delete(ctx, &pulumirpc.DeleteRequest{Urn: urn(bucket)})
	for _, err := range []error{check, read, deletion} {
		if err == nil || !strings.Contains(err.Error(), bucket) || !strings.Contains(err.Error(), "Install Pulumi") {
			t.Errorf("got %v", err)
		}
	}
	_, err := server.Invoke(ctx, &pulumirpc.InvokeRequest{Tok: "alicloud:index/getZones:getZones"})
	if err == nil || !strings.Contains(err.Error(), "function alicloud:index/getZones:getZones is not part") {
		t.Errorf("got %v", err)
	}
}

func TestEverythingServedExistsUpstream(t *testing.T) {
	info := providerInfo()
	for name := range servedResources {
		if info.P.ResourcesMap().Get(name) == nil {
			t.Errorf("terraform-provider-alicloud has no resource %s", name)
		}
	}
	for name := range servedFunctions {
		if info.P.DataSourcesMap().Get(name) == nil {
			t.Errorf("terraform-provider-alicloud has no data source %s", name)
		}
	}
}
