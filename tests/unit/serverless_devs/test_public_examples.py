"""Shapes of s.yaml in Serverless Devs' own examples (edition 3.0.0). The files are written anew."""

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import ACCOUNT


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
