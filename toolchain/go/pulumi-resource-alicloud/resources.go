package main

import (
	"strings"

	"github.com/aliyun/terraform-provider-alicloud/alicloud"
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	packageName = "alicloud"
	// pluginVersion is the version that the Python SDK pulumi-alicloud asks the engine for.
	pluginVersion = "4.0.0"
	// upstreamVersion is the newest terraform-provider-alicloud that the Go module proxy serves.
	upstreamVersion = "1.285.0"
)

// servedResources maps the Terraform resources that this provider serves to "module:Type" of the official SDKs.
var servedResources = map[string]string{
	"alicloud_ram_role":                     "ram:Role",
	"alicloud_ram_policy":                   "ram:Policy",
	"alicloud_ram_role_policy_attachment":   "ram:RolePolicyAttachment",
	"alicloud_message_service_queue":        "message:ServiceQueue",
	"alicloud_message_service_topic":        "message:ServiceTopic",
	"alicloud_message_service_subscription": "message:ServiceSubscription",
	"alicloud_log_project":                  "log:Project",
	"alicloud_log_store":                    "log:Store",
	"alicloud_log_store_index":              "log:StoreIndex",
	"alicloud_fcv3_function":                "fc:V3Function",
	"alicloud_fcv3_async_invoke_config":     "fc:V3AsyncInvokeConfig",
	"alicloud_fcv3_function_version":        "fc:V3FunctionVersion",
	"alicloud_fcv3_alias":                   "fc:V3Alias",
	"alicloud_fcv3_concurrency_config":      "fc:V3ConcurrencyConfig",
	"alicloud_fcv3_trigger":                 "fc:V3Trigger",
	"alicloud_fcv3_layer_version":           "fc:V3LayerVersion",
	"alicloud_fcv3_vpc_binding":             "fc:V3VpcBinding",
	"alicloud_fcv3_provision_config":        "fc:V3ProvisionConfig",
}

// servedFunctions maps the Terraform data sources that this provider serves to "module:function".
var servedFunctions = map[string]string{
	"alicloud_account":         "index:getAccount",
	"alicloud_caller_identity": "index:getCallerIdentity",
	"alicloud_regions":         "index:getRegions",
}

// singularFields are lists in terraform-provider-alicloud 1.285.0 and single objects in the official SDKs 4.0.0, which
// were generated from a later version that limits them to one.
var singularFields = map[string]map[string]*tfbridge.SchemaInfo{
	"alicloud_fcv3_function": {
		"tracing_config": {MaxItemsOne: tfbridge.True()},
		"custom_container_config": {Elem: &tfbridge.SchemaInfo{Fields: map[string]*tfbridge.SchemaInfo{
			"acceleration_info": {MaxItemsOne: tfbridge.True()},
		}}},
	},
	"alicloud_fcv3_trigger": {
		"http_trigger": {MaxItemsOne: tfbridge.True()},
	},
}

// token makes a Pulumi token of "module:Name": the module carries the name of the SDK's file, which is the member's
// name with a small first letter, e.g. "alicloud:fc/v3Function:V3Function".
func token(moduleAndName string) tokens.ModuleMember {
	module, name, _ := strings.Cut(moduleAndName, ":")
	file := strings.ToLower(name[:1]) + name[1:]
	return tokens.ModuleMember(packageName + ":" + module + "/" + file + ":" + name)
}

// providerInfo describes the provider to the bridge: the upstream provider cut down to what is served, the tokens,
// and the configuration defaults of the official SDKs.
func providerInfo() tfbridge.ProviderInfo {
	upstream := alicloud.Provider().(*schema.Provider)
	keepOnly(upstream.ResourcesMap, servedResources)
	keepOnly(upstream.DataSourcesMap, servedFunctions)

	info := tfbridge.ProviderInfo{
		P:                 shimv1.NewProvider(upstream),
		Name:              packageName,
		DisplayName:       "Alibaba Cloud (stand-in)",
		Description:       "A stand-in for the alicloud provider that serves the resources of asynchronous tasks.",
		License:           "Apache-2.0",
		GitHubOrg:         "aliyun",
		Version:           pluginVersion,
		TFProviderVersion: upstreamVersion,
		Config: map[string]*tfbridge.SchemaInfo{
			"region":        defaultFrom("ALICLOUD_REGION"),
			"profile":       defaultFrom("ALICLOUD_PROFILE"),
			"ecs_role_name": defaultFrom("ALICLOUD_ECS_ROLE_NAME"),
		},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for name, moduleAndType := range servedResources {
		info.Resources[name] = &tfbridge.ResourceInfo{
			Tok: tokens.Type(token(moduleAndType)), Fields: singularFields[name], Docs: withoutDocs(),
		}
	}
	for name, moduleAndFunction := range servedFunctions {
		info.DataSources[name] = &tfbridge.DataSourceInfo{Tok: token(moduleAndFunction), Docs: withoutDocs()}
	}
	info.SetAutonaming(255, "-")
	return info
}

func keepOnly(all map[string]*schema.Resource, served map[string]string) {
	for name := range all {
		if _, ok := served[name]; !ok {
			delete(all, name)
		}
	}
}

func defaultFrom(variable string) *tfbridge.SchemaInfo {
	return &tfbridge.SchemaInfo{Default: &tfbridge.DefaultInfo{EnvVars: []string{variable}}}
}
