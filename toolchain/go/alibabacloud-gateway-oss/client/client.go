// Package client stands in for the package of the same path, whose module the Go module proxy does not serve.
// The alicloud provider needs it for its OSS resources, none of which our bridge serves.
package client

import (
	"errors"

	"github.com/alibabacloud-go/alibabacloud-gateway-spi/client"
)

// Client has the type that the provider's OpenAPI client asks for.
type Client struct {
	client.Client
}

// NewClient refuses: nothing that is served calls OSS.
func NewClient() (*Client, error) {
	return nil, errors.New("this build of the alicloud provider has no OSS client")
}
