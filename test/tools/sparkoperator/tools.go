//go:build tools

// Package sparkoperator pins Kubeflow's operator for Spark, its controller and its webhook: what is predicted of an application's pods
// is compared with the pods that it makes.
package sparkoperator

import _ "github.com/kubeflow/spark-operator/v2/cmd/operator"
