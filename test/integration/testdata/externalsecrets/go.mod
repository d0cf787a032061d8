// The definitions of the kinds of the External Secrets Operator, which the test of their documentation serves.
module github.com/kubectl-spark/kubectl-spark/test/integration/testdata/externalsecrets

go 1.26

require github.com/external-secrets/external-secrets v0.20.4
