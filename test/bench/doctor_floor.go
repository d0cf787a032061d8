package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/clientcmd"
)

// list reads every kind that doctor reads, page by page as protobuf, and does nothing with it.
func list(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.ContentType = -1, runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	named, err := metadata.NewForConfig(metadata.ConfigFor(config))
	if err != nil {
		return err
	}
	ctx := context.Background()
	core, apps, batch, rbac := client.CoreV1(), client.AppsV1(), client.BatchV1(), client.RbacV1()
	for _, read := range []func(metav1.ListOptions) (metav1.ListInterface, error){
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return apps.StatefulSets("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return apps.Deployments("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return apps.ReplicaSets("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return apps.DaemonSets("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return core.ReplicationControllers("").List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return batch.CronJobs("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return batch.Jobs("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.Pods("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.Services("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return client.NetworkingV1().Ingresses("").List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return client.NetworkingV1().NetworkPolicies("").List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.ResourceQuotas("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.LimitRanges("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.ServiceAccounts("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.ConfigMaps("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return named.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return named.Resource(corev1.SchemeGroupVersion.WithResource("persistentvolumeclaims")).List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return rbac.Roles("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return rbac.RoleBindings("").List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return rbac.ClusterRoles().List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return rbac.ClusterRoleBindings().List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return client.StorageV1().StorageClasses().List(ctx, o)
		},
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.Nodes().List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) { return core.Namespaces().List(ctx, o) },
		func(o metav1.ListOptions) (metav1.ListInterface, error) {
			return client.AdmissionregistrationV1().MutatingWebhookConfigurations().List(ctx, o)
		},
	} {
		for o := (metav1.ListOptions{Limit: 500}); ; {
			page, err := read(o)
			if err != nil {
				return err
			}
			if o.Continue = page.GetContinue(); o.Continue == "" {
				break
			}
		}
	}
	return nil
}
