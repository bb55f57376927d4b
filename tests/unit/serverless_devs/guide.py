"""The s.yaml of the guide "Asynchronous tasks", as one has it after cloning the sample."""

GUIDE = """\
edition: 3.0.0
name: stateful-async-inovcation-demo
access: default

resources:
  fc-job:
    component: fc3
    props:
      region: cn-hangzhou
      description: this is test
      handler: index.handler
      memorySize: 128
      runtime: python3
      instanceConcurrency: 1
      timeout: 60
      internetAccess: true
      role: acs:ram::{accountid}:role/aliyunfcdefaultrole
      functionName: my-fc-job
      code: ./code
      asyncInvokeConfig:
        maxAsyncEventAgeInSeconds: 172800 # Max age of a queued event: 48 hours
        maxAsyncRetryAttempts: 1 # Retry once on failure before routing to destination
        asyncTask: true # Enables asynchronous task tracking
        qualifier: LATEST
        destinationConfig:
          onSuccess:
            destination: acs:mns:cn-hangzhou:{accountid}:/queues/{myqueue}/messages
          onFailure:
            destination: acs:mns:cn-hangzhou:{accountid}:/queues/{myqueue}/messages
"""
