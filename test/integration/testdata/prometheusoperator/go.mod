// The definitions of the Prometheus Operator's kinds, which the tests of monitors serve.
module github.com/kubectl-spark/kubectl-spark/test/integration/testdata/prometheusoperator

go 1.26

require github.com/prometheus-operator/prometheus-operator v0.85.0
