"""Shapes of s.yaml found in public projects, which each test names. The files are written anew."""

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


def test_devsapp_fc3_everything_auto(sample: MakeSample) -> None:
    """devsapp/fc3, __tests__/e2e/nodejs/s_auto.yaml: env() with defaults, config(), auto."""
    made = sample("""\
        edition: 3.0.0
        name: node-app
        access: somebody
        vars:
          region: ${env('REGION', 'cn-hongkong')}
        resources:
          demo:
            component: ${env('fc_component_version', path('../../../'))}
            actions:
              pre-deploy:
                - run: npm install
                  path: ./code
            props:
              region: ${vars.region}
              functionName: event-${env('fc_component_function_name', 'nodejs18')}
              runtime: ${env('fc_component_runtime', 'nodejs18')}
              code: ./code
              handler: index.handler
              memorySize: 128
              timeout: 30
              role: acs:ram::${config('AccountID')}:role/worker
              instanceLifecycleConfig:
                initializer:
                  handler: index.initializer
                  timeout: 10
              vpcConfig: auto
              nasConfig: auto
              logConfig: auto
              ossMountConfig: auto
              asyncInvokeConfig:
                destinationConfig:
                  onFailure:
                    destination: acs:mns:${vars.region}::/topics/failures/messages
                  onSuccess:
                    destination: acs:fc:${vars.region}::functions/next
                maxAsyncEventAgeInSeconds: 360
                maxAsyncRetryAttempts: 3
        """).code("code")
    assert made.no_counterpart() == {
        "resources.demo.actions": made.line("actions:"),
        "resources.demo.props.vpcConfig": made.line("vpcConfig: auto"),
        "resources.demo.props.nasConfig": made.line("nasConfig: auto"),
        "resources.demo.props.ossMountConfig": made.line("ossMountConfig: auto"),
    }
    assert made.differences()["resources.demo.props.logConfig"] == made.line("logConfig: auto")
    deployment = made.deployed()
    function = deployment.inputs("V3Function")
    assert function["functionName"] == "event-nodejs18"
    assert function["runtime"] == "nodejs18"
    assert function["role"] == f"acs:ram::{ACCOUNT}:role/worker"
    assert function["instanceLifecycleConfig"]["initializer"] == {
        "handler": "index.initializer",
        "timeout": 10,
    }
    assert function["logConfig"]["enableInstanceMetrics"] is True
    sides = deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]
    assert sides["onFailure"]["destination"] == "acs:mns:cn-hongkong::/topics/failures/messages"
    assert sides["onSuccess"]["destination"] == "acs:fc:cn-hongkong::functions/next"


def test_devsapp_fc3_templates_that_resources_extend(sample: MakeSample) -> None:
    """devsapp/fc3, __tests__/e2e/custom/springboot/s.yaml: `template`, `extend` of a resource."""
    made = sample("""\
        edition: 3.0.0
        name: two-servers
        template:
          common:
            region: cn-hangzhou
            timeout: 30
            environmentVariables: {STAGE: test, LANG: C.UTF-8}
            triggers:
              - triggerName: http
                triggerType: http
                triggerConfig: {authType: anonymous, methods: [GET]}
        resources:
          one:
            component: fc3
            extend: {name: common}
            props:
              functionName: one
              runtime: custom
              code: ./code
              customRuntimeConfig:
                command: [java, -jar]
                args: [server.jar]
                port: 9000
              environmentVariables: {STAGE: prod}
          two:
            component: fc3
            extend:
              name: common
              ignore: [triggers]
            props:
              functionName: two
              runtime: custom
              code: ./target/two.jar
        """).code("code")
    arguments = made.arguments()
    assert set(arguments) == {"one"}
    assert arguments["one"]["timeout"] == 30
    assert arguments["one"]["environment_variables"] == {"STAGE": "prod", "LANG": "C.UTF-8"}
    assert arguments["one"]["custom_runtime_config"] == {
        "commands": ["java", "-jar"],
        "args": ["server.jar"],
        "port": 9000,
    }
    assert made.no_counterpart() == {
        "resources.one.props.triggers[0]": made.line("triggerName: http"),
        "resources.two.props.code": made.line("two.jar"),
        "resources.two": made.line("  two:"),
    }
    assert made.deployed().inputs("V3Function")["runtime"] == "custom"


def test_devsapp_fc3_every_kind_of_trigger(sample: MakeSample) -> None:
    """devsapp/fc3, __tests__/complete-props.yaml: triggers of every kind, one a timer."""
    made = sample("""\
        edition: 3.0.0
        name: triggers
        resources:
          demo:
            component: fc3
            props:
              region: cn-hangzhou
              functionName: demo
              runtime: python3.10
              handler: index.handler
              code: code
              memorySize: 256
              triggers:
                - triggerName: httpTrigger
                  triggerType: http
                  triggerConfig: {authType: anonymous, methods: [GET]}
                - triggerName: timerTrigger
                  triggerType: timer
                  qualifier: LATEST
                  triggerConfig:
                    cronExpression: '0 0 8 * * *'
                    enable: true
                    payload: 'morning'
                - triggerName: ossTrigger
                  triggerType: oss
                  sourceArn: acs:oss:cn-hangzhou:1:bucket
                  triggerConfig: {events: ['oss:ObjectCreated:*']}
                - triggerName: mnsTrigger
                  triggerType: mns_topic
                  triggerConfig: {notifyContentFormat: JSON}
        """).code("code")
    assert made.no_counterpart() == {
        "resources.demo.props.triggers[0]": made.line("httpTrigger"),
        "resources.demo.props.triggers[2]": made.line("ossTrigger"),
        "resources.demo.props.triggers[3]": made.line("mnsTrigger"),
    }
    deployment = made.deployed()
    assert [each.inputs["triggerName"] for each in deployment.of("V3Trigger")] == ["timerTrigger"]
    assert deployment.inputs("V3Trigger")["triggerConfig"] == (
        '{"cronExpression": "0 0 8 * * *", "enable": true, "payload": "morning"}'
    )


def test_serverless_devs_a_file_that_extends_another(sample: MakeSample) -> None:
    """Serverless-Devs/Serverless-Devs, docs/zh/extend.md: s.pro.yaml extends s.yaml."""
    made = sample("""\
        extend: base.yaml
        resources:
          hello:
            props:
              memorySize: 1024
              layers: [acs:fc:cn-hangzhou:official:layers/Python310/versions/3]
        """).code("code")
    (made.folder / "base.yaml").write_text(
        "edition: 3.0.0\nname: hello\nresources:\n  hello:\n    component: fc3\n    props:\n"
        "      region: cn-hangzhou\n      functionName: hello\n      runtime: python3.10\n"
        "      code: code\n      memorySize: 512\n      layers: [a, b]\n"
        "      provisionConfig: {x: 1}\n"
    )
    arguments = made.arguments()["hello"]
    assert arguments["memory_size"] == 1024
    assert arguments["layers"] == ["acs:fc:cn-hangzhou:official:layers/Python310/versions/3"]
    assert arguments["timeout"] == 3
    (finding,) = made.converted().findings.without_counterpart
    assert str(finding.place).endswith("base.yaml:13")


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


def test_vista_sever_anchors_and_merges(sample: MakeSample) -> None:
    """0xcjun/vista_sever, s.yaml: anchors, merge keys, variables of variables, containers."""
    made = sample(
        """\
        edition: 3.0.0
        name: factors
        vars:
          region:  ${env('FC_REGION', 'cn-hangzhou')}
          account: ${env('ALIYUN_ACCOUNT_ID')}
          role:    acs:ram::${vars.account}:role/factors
          suffix:  ${env('FC_SUFFIX', '')}
        common-vpc: &vpc
          vpcId: vpc-1
          vSwitchIds: [vsw-1]
          securityGroupId: sg-1
        common-nas: &nas
          userId: 10003
          groupId: 10003
          mountPoints:
            - serverAddr: target.cn-hangzhou.nas.aliyuncs.com:/
              mountDir: /mnt/cache
        common-env: &env
          REGION: ${vars.region}
          ANTHROPIC_API_KEY: ${env('ANTHROPIC_API_KEY', '')}
          TZ: Asia/Shanghai
        common-container: &container
          image: registry.cn-hangzhou.aliyuncs.com/team/base:${env('GIT_SHA', 'latest')}
          port: 9000
        resources:
          plan: &plan
            component: fc3
            props: &props
              region: ${vars.region}
              functionName: plan${vars.suffix}
              runtime: custom-container
              role: ${vars.role}
              timeout: 660
              memorySize: 2048
              cpu: 1
              diskSize: 512
              vpcConfig: *vpc
              nasConfig: *nas
              environmentVariables:
                <<: *env
                TZ: UTC
              customContainerConfig:
                <<: *container
                command: ["handlers.plan:handler"]
          build:
            component: fc3
            props:
              <<: *props
              functionName: build${vars.suffix}
              timeout: 3660
        """,
        ALIYUN_ACCOUNT_ID=ACCOUNT,
    )
    assert made.no_counterpart() == {}
    assert {"common-vpc", "common-nas", "common-env", "common-container"} < set(made.differences())
    functions = functions_of(made.deployed())
    plan, build = functions["plan"], functions["build"]
    assert plan["functionName"] == "plan"
    assert build["functionName"] == "build"
    assert build["timeout"] == 3660
    assert plan["role"] == f"acs:ram::{ACCOUNT}:role/factors"
    assert plan["vpcConfig"] == {
        "vpcId": "vpc-1",
        "vswitchIds": ["vsw-1"],
        "securityGroupId": "sg-1",
    }
    assert plan["environmentVariables"]["TZ"] == "UTC"
    assert plan["environmentVariables"]["ANTHROPIC_API_KEY"] == ""
    image = "registry.cn-hangzhou.aliyuncs.com/team/base:latest"
    assert build["customContainerConfig"]["image"] == image
    assert build["customContainerConfig"]["commands"] == ["handlers.plan:handler"]


def test_fc_auto_cert_a_timer_in_a_time_zone(sample: MakeSample) -> None:
    """1248289414/fc-auto-cert, s.yaml: region and settings from env(), a monthly timer."""
    made = sample(
        """\
        edition: 3.0.0
        name: certificates
        access: "default"
        resources:
          certificates:
            component: fc3
            actions:
              # pre-deploy is commented out
            props:
              region: ${env('REGION')}
              functionName: "certificates"
              runtime: python3.10
              role: acs:ram::1879559157811087:role/certificates
              timeout: 300
              memorySize: 256
              cpu: 0.25
              diskSize: 512
              code: ./code
              handler: index.handler
              environmentVariables:
                PYTHONPATH: /code/python
                EMAIL: ${env('EMAIL')}
              triggers:
                - triggerName: monthly
                  triggerType: timer
                  description: 'the first of a month'
                  qualifier: LATEST
                  triggerConfig:
                    cronExpression: CRON_TZ=Asia/Shanghai 0 0 4 1 * *
                    enable: true
                    payload: ''
        """,
        REGION="cn-beijing",
        EMAIL="ops@example.com",
    ).code("code")
    assert made.no_counterpart() == {}
    assert "alicloud:region: cn-beijing" in made.project().files["Pulumi.prod.yaml"]
    deployment = made.deployed()
    (function,) = functions_of(deployment).values()
    assert function["environmentVariables"]["EMAIL"] == "ops@example.com"
    assert deployment.inputs("V3Trigger")["description"] == "the first of a month"
    assert "CRON_TZ=Asia/Shanghai 0 0 4 1 * *" in deployment.inputs("V3Trigger")["triggerConfig"]


def test_fc_certbot_the_same_function_in_two_regions(sample: MakeSample) -> None:
    """devsapp/fc-certbot, src/s.yaml (filled in): one function in two regions."""
    function = """\
              functionName: generator
              handler: index.handler
              role: acs:ram::1:role/certbot
              timeout: 900
              cpu: 1
              memorySize: 2048
              diskSize: 10240
              runtime: python3.10
              code: ./generator
              asyncInvokeConfig:
                asyncTask: true
                maxAsyncEventAgeInSeconds: 86400
                maxAsyncRetryAttempts: 3
"""
    made = sample(f"""\
        edition: 3.0.0
        resources:
          generator-hz:
            component: fc3
            props:
              region: cn-hangzhou
{function}
          generator-sg:
            component: fc3
            props:
              region: ap-southeast-1
{function}
        """).code("generator")
    assert made.no_counterpart() == {}
    deployment = made.deployed()
    functions = {each.name: each for each in deployment.of("V3Function")}
    here, there = functions["generator-hz"], functions["generator-sg"]
    assert here.inputs["functionName"] == there.inputs["functionName"] == "generator"
    assert "::ap-southeast-1::" in there.provider
    assert "::ap-southeast-1::" not in here.provider
    (provider,) = [each for each in deployment.resources if each.name == "ap-southeast-1"]
    assert provider.inputs["region"] == "ap-southeast-1"


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


def test_usr_backend_code_in_an_archive(sample: MakeSample) -> None:
    """AstraSchedule/usr-backend, s.yaml: `code: ./code.zip`, without which there is no task."""
    made = sample("""\
        edition: 3.0.0
        name: backend
        resources:
          backend:
            component: fc3
            props:
              region: cn-hongkong
              functionName: backend
              runtime: custom
              code: ./code.zip
              logConfig: auto
        """)
    assert made.arguments() == {}
    assert made.no_counterpart() == {
        "resources.backend": made.line("  backend:"),
        "resources.backend.props.code": made.line("code.zip"),
    }


def test_siyuan_serverless_a_mounted_bucket_and_a_code_in_the_arguments(
    sample: MakeSample,
) -> None:
    """2234839/siyuan_serverless, s.yaml: ossMountConfig by variables, an access code in clear."""
    made = sample("""\
        edition: 3.0.0
        name: notes
        vars:
          region: us-east-1
          endpoint: https://oss-${vars.region}-internal.aliyuncs.com
          mountDir: /data/workspace
        resources:
          notes:
            component: fc3
            props:
              region: ${vars.region}
              functionName: notes
              runtime: custom.debian10
              timeout: 60
              memorySize: 320
              cpu: 0.3
              diskSize: 512
              code: ./
              instanceConcurrency: 200
              customRuntimeConfig:
                command: [bootstrap.sh]
                port: 9000
              environmentVariables:
                serverArgs: -workspace ${vars.mountDir} -accessAuthCode n0tf0rev3rybody -lang en
              ossMountConfig:
                mountPoints:
                  - bucketName: somebodys-notes
                    bucketPath: /workspace
                    endpoint: ${vars.endpoint}
                    mountDir: ${vars.mountDir}
                    readOnly: false
        """).code(".")
    assert made.no_counterpart() == {}
    assert "n0tf0rev3rybody" not in "".join(made.project().files.values())
    (function,) = functions_of(made.deployed({"serverArgs": "as it was set"})).values()
    assert function["environmentVariables"]["serverArgs"] == "as it was set"
    (mount,) = function["ossMountConfig"]["mountPoints"]
    assert mount["endpoint"] == "https://oss-us-east-1-internal.aliyuncs.com"
    assert mount["mountDir"] == "/data/workspace"


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


def test_fc_comfyui_no_logs_at_all(sample: MakeSample) -> None:
    """OhYee/fc-comfyui, src/s.yaml (filled in): logConfig false, ${this...}, a domain beside it."""
    made = sample("""\
        edition: 3.0.0
        name: comfyui
        vars: {region: cn-hangzhou, logConfig: false}
        resources:
          comfyui:
            component: fc3
            props:
              region: ${vars.region}
              functionName: 'comfyui'
              description: 'of ${this.props.functionName} (${this.name})'
              logConfig: '${vars.logConfig}'
              runtime: custom-container
              memorySize: 32768
              cpu: 8
              gpuConfig: {gpuMemorySize: 16384, gpuType: fc.gpu.tesla.1}
              customContainerConfig:
                port: 9000
                image: registry.cn-hangzhou.aliyuncs.com/team/comfyui:1
          custom-domain:
            component: fc3-domain
            props:
              routeConfig:
                routes:
                  - functionName: ${resources.comfyui.props.functionName}
        """)
    arguments = made.arguments()["comfyui"]
    assert arguments["description"] == "of comfyui (comfyui)"
    assert "existing_logstore" not in arguments
    assert made.no_counterpart() == {"resources.custom-domain": made.line("custom-domain:")}
