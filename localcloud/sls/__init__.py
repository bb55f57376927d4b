"""Log Service: projects, logstores, their index, and the logs in them.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-overview
"""
