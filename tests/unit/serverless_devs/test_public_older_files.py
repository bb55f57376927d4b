"""Shapes of s.yaml in public projects, of edition 1.0.0. The files are written anew."""

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import ACCOUNT, functions_of, is_secret


def test_awesome_fc_stateful_async_invocation(sample: MakeSample) -> None:
    """awesome-fc/Stateful-Async-Invocation: edition 1.0.0, devsapp/fc, statefulInvocation."""
    made = sample("""\
        edition: 1.0.0
        name: stateful-demo
        access: default
        services:
          job:
            component: devsapp/fc
            props:
              region: cn-shanghai
              service:
                name: jobs
                description: what the service is
                internetAccess: true
                role: 'acs:ram::{accountid}:role/jobs'
              function:
                name: long-job
                codeUri: './code'
                handler: 'index.handler'
                memorySize: 128
                runtime: python3
                timeout: 60
                asyncConfiguration:
                  destination:
                    onSuccess: 'acs:mns:::/queues/{myqueue}/messages'
                    onFailure: 'acs:mns:::/queues/{myqueue}/messages'
                  maxAsyncEventAgeInSeconds: 172800
                  maxAsyncRetryAttempts: 1
                  statefulInvocation: true
        """).code("code")
    arguments = made.arguments()["job"]
    assert arguments == {
        "internet_access": True,
        "role_arn": f"acs:ram::{ACCOUNT}:role/jobs",
        "function_name": "long-job",
        "code_path": "./code",
        "handler": "index.handler",
        "memory_size": 128,
        "runtime": "python3",
        "timeout": 60,
        "on_success": "acs:mns:::/queues/results/messages",
        "on_failure": "acs:mns:::/queues/results/messages",
        "max_async_event_age_in_seconds": 172800,
        "max_async_retry_attempts": 1,
        "async_task": True,
    }
    assert made.no_counterpart() == {}
    assert made.differences()["services.job.props.service.name"] == made.line("name: jobs")
    deployment = made.deployed()
    assert deployment.inputs("V3Function")["functionName"] == "long-job"
    assert deployment.inputs("V3AsyncInvokeConfig")["asyncTask"] is True


def test_devsapp_fc_functions_of_other_services(sample: MakeSample) -> None:
    """devsapp/fc, examples/function-config/s.yaml: destinations that are functions of services."""
    made = sample("""\
        edition: 1.0.0
        name: config
        services:
          test:
            component: ${path(../..)}
            props:
              region: cn-shenzhen
              service:
                name: demo
              function:
                name: config-test
                runtime: nodejs16
                codeUri: ./code
                handler: index.handler
                memorySize: 128
                timeout: 60
                instanceLifecycleConfig:
                  preFreeze: {handler: index.freeze, timeout: 60}
                  preStop: {handler: index.stop}
                asyncConfiguration:
                  destination:
                    onFailure: acs:fc:::services/Other/functions/HtmlToPng
                  maxAsyncRetryAttempts: 3
                  statefulInvocation: false
        """).code("code")
    arguments = made.arguments()["test"]
    assert arguments["instance_lifecycle_config"] == {"pre_stop": {"handler": "index.stop"}}
    assert arguments["async_task"] is False
    missing = made.no_counterpart()
    assert missing["services.test.props.function.instanceLifecycleConfig.preFreeze"] == made.line(
        "preFreeze"
    )
    destination = "services.test.props.asyncInvokeConfig.destinationConfig.onFailure.destination"
    assert missing[destination] == made.line("HtmlToPng")


def test_serverless_cd_a_worker_whose_failures_go_to_a_function(sample: MakeSample) -> None:
    """Serverless-Devs/serverless-cd, src/s.yaml: ${env.X}, a service in vars, other components."""
    made = sample(
        """\
        edition: 1.0.0
        name: cd
        vars:
          region: ${env.REGION}
          service:
            name: cd
            description: what it is
            logConfig: auto
          failed: failed-worker
        services:
          failed:
            component: fc
            props:
              region: ${vars.region}
              service: ${vars.service}
              function:
                name: ${vars.failed}
                runtime: nodejs14
                codeUri: ./worker
                handler: index.handler
                memorySize: 640
                timeout: 600
                environmentVariables:
                  BUCKET: ${env.OSS_BUCKET}
                  ACCESS_KEY_SECRET: ${env.ACCESS_KEY_SECRET}
          ui:
            component: oss
            props: {bucket: '${env.OSS_BUCKET}-website'}
          worker:
            component: fc
            actions:
              pre-deploy:
                - run: npm install
                  path: ./worker
            props:
              region: ${vars.region}
              service: ${vars.service}
              function:
                name: worker
                runtime: nodejs14
                codeUri: ./worker
                handler: index.handler
                memorySize: 640
                timeout: 600
                asyncConfiguration:
                  maxAsyncRetryAttempts: 0
                  statefulInvocation: true
                  destination:
                    onFailure: acs:fc:::services/${vars.service.name}/functions/${vars.failed}
        """,
        REGION="cn-hangzhou",
        OSS_BUCKET="builds",
        ACCESS_KEY_SECRET="very-secret",
    ).code("worker")
    assert made.no_counterpart() == {
        "services.ui": made.line("  ui:"),
        "services.worker.actions": made.line("actions:"),
    }
    project = made.project()
    assert project.region == "cn-hangzhou"
    assert "very-secret" not in "".join(project.files.values())
    deployment = made.deployed({"accessKeySecret": "as it was set"})
    functions = functions_of(deployment)
    assert functions["failed"]["environmentVariables"] == {
        "BUCKET": "builds",
        "ACCESS_KEY_SECRET": "as it was set",
    }
    assert is_secret(deployment, "failed", "ACCESS_KEY_SECRET")
    assert functions["worker"]["functionName"] == "worker"
    configurations = {each.name: each.inputs for each in deployment.of("V3AsyncInvokeConfig")}
    to = configurations["worker"]["destinationConfig"]["onFailure"]["destination"]
    assert to == "acs:fc:::functions/failed-worker"


def test_apk_pre_tag_oss_a_stateful_function_with_an_oss_trigger(sample: MakeSample) -> None:
    """TigerHanyin/apk-pre-tag-oss, src/s.yaml (filled in): nasConfig auto and an OSS trigger."""
    made = sample("""\
        edition: 1.0.0
        name: packages
        services:
          packages:
            component: devsapp/fc
            props:
              region: cn-hangzhou
              service:
                name: packages
                role: "acs:ram::1:role/packages"
                nasConfig: auto
              function:
                name: sign
                handler: index.handler
                timeout: 70000
                diskSize: 10240
                instanceType: c1
                runtime: python3.9
                cpu: 16
                instanceConcurrency: 1
                memorySize: 32768
                asyncConfiguration:
                  maxAsyncEventAgeInSeconds: 70000
                  maxAsyncRetryAttempts: 3
                  statefulInvocation: true
                codeUri: ./code/
              triggers:
                - name: uploaded
                  type: oss
                  config: {events: ['oss:ObjectCreated:PutObject'], bucketName: uploads}
        """).code("code")
    assert made.no_counterpart() == {
        "services.packages.props.nasConfig": made.line("nasConfig"),
        "services.packages.props.triggers[0]": made.line("name: uploaded"),
    }
    function = made.deployed().inputs("V3Function")
    assert (function["cpu"], function["memorySize"], function["timeout"]) == (16, 32768, 70000)


def test_feishu_openai_a_server_with_a_domain(sample: MakeSample) -> None:
    """ConnectAI-E/feishu-openai, s.yaml: an older custom runtime, caPort, customDomains."""
    made = sample("""\
        edition: 1.0.0
        name: bot
        vars: {region: "ap-southeast-1"}
        services:
          hello:
            component: fc
            props:
              region: ${vars.region}
              service: {name: "bot", description: "a bot"}
              function:
                name: "bot"
                codeUri: './code'
                caPort: 9000
                customRuntimeConfig:
                  command: [./target/main]
                environmentVariables: {}
                handler: index.handler
                instanceConcurrency: 20
                instanceType: e1
                memorySize: 128
                runtime: custom
                timeout: 120
                internetAccess: true
              customDomains:
                - domainName: auto
                  protocol: HTTP
        """).code("code")
    assert made.no_counterpart() == {
        "services.hello.props.customDomains": made.line("customDomains")
    }
    arguments = made.arguments()["hello"]
    assert arguments["custom_runtime_config"] == {"commands": ["./target/main"], "port": 9000}
    assert arguments["instance_concurrency"] == 20
    assert made.deployed().inputs("V3Function")["customRuntimeConfig"]["port"] == 9000


def test_ots_table_backup_an_older_initializer(sample: MakeSample) -> None:
    """devsapp/ots-table-backup, src/s.yaml (filled in): initializer and initializationTimeout."""
    made = sample("""\
        edition: 1.0.0
        name: backup
        services:
          backup:
            component: fc
            props:
              region: cn-hangzhou
              service: {name: backup, logConfig: {project: logs-of-backup, logstore: backup}}
              function:
                name: backup
                codeUri: ./code
                runtime: custom
                caPort: 9000
                memorySize: 512
                timeout: 600
                customRuntimeConfig: {command: [java], args: [Main]}
                initializationTimeout: 60
                initializer: default
                instanceLifecycleConfig:
                  preStop: {handler: default, timeout: 60}
                environmentVariables: {DROP_IF_EXIST: yes}
        """).code("code")
    assert made.no_counterpart() == {}
    arguments = made.arguments()["backup"]
    assert arguments["instance_lifecycle_config"] == {
        "initializer": {"handler": "default", "timeout": 60},
        "pre_stop": {"handler": "default", "timeout": 60},
    }
    assert arguments["existing_log_project"] == "logs-of-backup"
    assert arguments["request_metrics"] is False
    assert arguments["environment_variables"] == {"DROP_IF_EXIST": "yes"}


def test_fc_stable_diffusion_async_api_an_older_container_on_a_gpu(sample: MakeSample) -> None:
    """devsapp/fc-stable-diffusion-async-api, src/s.yaml (filled in): GPU, container, outputs."""
    made = sample("""\
        edition: 1.0.0
        name: pictures
        vars:
          service:
            name: pictures
            role: acs:ram::1:role/pictures
            ossMountConfig:
              mountPoints:
                - endpoint: http://oss-cn-hangzhou-internal.aliyuncs.com
                  bucketName: pictures
                  bucketPath: /
                  mountDir: /mnt/oss
        services:
          diffusion:
            component: fc
            actions:
              post-deploy:
                - component: fc ondemand put --qualifier LATEST --max 1
            props:
              region: cn-hangzhou
              service: ${vars.service}
              function:
                name: sd
                handler: index.handler
                timeout: 600
                diskSize: 512
                caPort: 7860
                instanceType: fc.gpu.tesla.1
                runtime: custom-container
                cpu: 8
                customContainerConfig:
                  args: '["--api"]'
                  command: ''
                  image: registry.cn-hangzhou.aliyuncs.com/team/sd:1
                  accelerationType: Default
                  webServerMode: true
                instanceConcurrency: 100
                memorySize: 32768
                gpuMemorySize: 16384
                asyncConfiguration: {}
          files:
            component: fc
            props:
              region: cn-hangzhou
              service: ${vars.service}
              function:
                name: files
                codeUri: ./code
                runtime: custom
                customRuntimeConfig: {command: [./server]}
                memorySize: 3072
                cpu: 2.0
                timeout: 7200
                environmentVariables:
                  SD_FUNCTION: ${diffusion.props.function.name}
                  SD_DOMAIN: ${diffusion.output.url.custom_domain[0].domain}
        """).code("code")
    arguments = made.arguments()
    assert arguments["diffusion"]["gpu_config"] == {
        "gpu_type": "fc.gpu.tesla.1",
        "gpu_memory_size": 16384,
    }
    assert arguments["diffusion"]["custom_container_config"] == {
        "commands": ["--api"],
        "image": "registry.cn-hangzhou.aliyuncs.com/team/sd:1",
        "port": 7860,
    }
    assert arguments["files"]["environment_variables"] == {"SD_FUNCTION": "sd"}
    assert made.no_counterpart() == {
        "services.diffusion.actions": made.line("actions:"),
        "services.files.props.function.environmentVariables.SD_DOMAIN": made.line("SD_DOMAIN"),
    }
    assert {each["functionName"] for each in functions_of(made.deployed()).values()} == {
        "sd",
        "files",
    }
