package launcher

import "github.com/kubectl-spark/kubectl-spark/spark"

// standalone is what somebody writes by hand: Deployments and StatefulSets of masters, workers and other servers.
func standalone() *Launcher {
	return &Launcher{
		Name:   "standalone",
		Traits: spark.Traits{ByHand: true, Rest: true},
	}
}
