"""The laws that every variant of every role keeps, as tests that authors of plugins can run.

``pytest --pyargs lossgeo.contracts`` holds every shipped variant to them. Plugins are named by the environment variable
``LOSSGEO_PLUGINS``, or by options: ``pytest -p lossgeo.contracts.options --pyargs lossgeo.contracts --plugin my_file.py
--only-plugins``. Nothing outside this package imports pytest.
"""
