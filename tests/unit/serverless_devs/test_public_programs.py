"""Shapes of s.yaml in public programs, of edition 3.0.0. The files are written anew."""

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import ACCOUNT, functions_of


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
