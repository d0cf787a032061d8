package neighbour

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

const (
	roleOf    = "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata: {name: r%s}\nrules: [{apiGroups: %s, resources: %s, verbs: %s%s}]"
	bindingOf = "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata: {name: b%s}\nroleRef: {kind: %s, name: %s}\nsubjects: [{%s}]"
)

func TestAnAccountMayWhatItsBindingsGive(t *testing.T) {
	pods := Right{"create", "", "pods"}
	role := func(kind, namespace, groups, resources, verbs, more string) string {
		return fmt.Sprintf(roleOf, kind, namespace, groups, resources, verbs, more)
	}
	binding := func(kind, namespace, roleKind, name, subject string) string {
		return fmt.Sprintf(bindingOf, kind, namespace, roleKind, name, subject)
	}
	const in, sa = ", namespace: a", "kind: ServiceAccount, name: spark, namespace: a"
	own := role("Role", in, `[""]`, "[pods]", "[create]", "")
	bound := binding("RoleBinding", in, "Role", "r", sa)
	for _, c := range []struct {
		name, objects string
		files, live   spark.Answer
	}{
		{"a role", own + "\n---\n" + bound, spark.Yes, spark.Yes},
		{"every verb of every resource", role("Role", in, `["*"]`, `["*"]`, `["*"]`, "") + "\n---\n" + bound, spark.Yes, spark.Yes},
		{"another verb", role("Role", in, `[""]`, "[pods]", "[get]", "") + "\n---\n" + bound, spark.No, spark.No},
		{"another group", role("Role", in, "[apps]", "[pods]", "[create]", "") + "\n---\n" + bound, spark.No, spark.No},
		{"another resource", role("Role", in, `[""]`, "[pods/log]", "[create]", "") + "\n---\n" + bound, spark.No, spark.No},
		{"named pods only", role("Role", in, `[""]`, "[pods]", "[create]", ", resourceNames: [x]") + "\n---\n" + bound, spark.No, spark.No},
		{"a role that is not there", bound, spark.Unknown, spark.No},
		{"no binding", own, spark.Unknown, spark.No},
		{"another account", own + "\n---\n" + binding("RoleBinding", in, "Role", "r", "kind: ServiceAccount, name: other, namespace: a"), spark.Unknown, spark.No},
		{"another namespace's account", own + "\n---\n" + binding("RoleBinding", in, "Role", "r", "kind: ServiceAccount, name: spark, namespace: b"), spark.Unknown, spark.No},
		{"another namespace", own + "\n---\n" + binding("RoleBinding", ", namespace: b", "Role", "r", sa), spark.Unknown, spark.No},
		{"as a user", own + "\n---\n" + binding("RoleBinding", in, "Role", "r", "kind: User, name: 'system:serviceaccount:a:spark'"), spark.Yes, spark.Yes},
		{"as one of its namespace", own + "\n---\n" + binding("RoleBinding", in, "Role", "r", "kind: Group, name: 'system:serviceaccounts:a'"), spark.Yes, spark.Yes},
		{"as anybody", own + "\n---\n" + binding("RoleBinding", in, "Role", "r", "kind: Group, name: 'system:authenticated'"), spark.Yes, spark.Yes},
		{"a role of the cluster", role("ClusterRole", "", `[""]`, "[pods]", "[create]", "") + "\n---\n" + binding("RoleBinding", in, "ClusterRole", "r", sa), spark.Yes, spark.Yes},
		{"everywhere", role("ClusterRole", "", `[""]`, "[pods]", "[create]", "") + "\n---\n" + binding("ClusterRoleBinding", "", "ClusterRole", "r", sa), spark.Yes, spark.Yes},
		{"edit", binding("RoleBinding", in, "ClusterRole", "edit", sa), spark.Yes, spark.Yes},
		{"cluster-admin", binding("ClusterRoleBinding", "", "ClusterRole", "cluster-admin", sa), spark.Yes, spark.Yes},
		{"view", binding("RoleBinding", in, "ClusterRole", "view", sa), spark.No, spark.No},
		{"a role of an operator's chart", binding("RoleBinding", in, "ClusterRole", "spark-driver", sa), spark.Unknown, spark.Unknown},
	} {
		pod := &corev1.PodTemplateSpec{Spec: corev1.PodSpec{ServiceAccountName: "spark"}}
		if got := of(given(t, New(), c.objects), "a", pod).Rights.May(pods); got != c.files {
			t.Errorf("%s, files: %v, want %v", c.name, got, c.files)
		}
		live := given(t, read("Role", "RoleBinding", "ClusterRoleBinding"), c.objects)
		if got := of(live, "a", pod).Rights.May(pods); got != c.live {
			t.Errorf("%s, live: %v, want %v", c.name, got, c.live)
		}
		for _, kind := range []string{"RoleBinding", "ClusterRoleBinding"} {
			cut := given(t, read("Role", "RoleBinding", "ClusterRoleBinding"), c.objects)
			cut.Cut(kind, "", "is forbidden")
			if got := of(cut, "a", pod).Rights.May(pods); got == spark.No {
				t.Errorf("%s: no right is known to be missing where %ss could not be read", c.name, kind)
			}
		}
	}
	var none Rights
	if none.May(pods) != spark.Unknown {
		t.Error("no rights know something")
	}
	if got := of(New(), "a", &corev1.PodTemplateSpec{Spec: corev1.PodSpec{DeprecatedServiceAccount: "old"}}).Rights.Account(); got != "old" {
		t.Errorf("the field's old name: %q", got)
	}
	if got := of(New(), "a", &corev1.PodTemplateSpec{}).Rights.Account(); got != "default" {
		t.Errorf("no account: %q", got)
	}
}
