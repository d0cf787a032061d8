package neighbour

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// TestGiversAreTheBindingsThatGiveARight, with their kind and how they name the account.
func TestGiversAreTheBindingsThatGiveARight(t *testing.T) {
	secrets := Right{"list", "", "secrets"}
	role := fmt.Sprintf(roleOf, "Role", ", namespace: a", `[""]`, "[secrets]", "[list]", "")
	account, group := "kind: ServiceAccount, name: spark, namespace: a", "kind: Group, name: 'system:serviceaccounts:a'"
	for _, c := range []struct {
		objects string
		want    []Giver
	}{
		{role + "\n---\n" + fmt.Sprintf(bindingOf, "RoleBinding", ", namespace: a", "Role", "r", account), []Giver{{"RoleBinding", "b", "r", false}}},
		{role + "\n---\n" + fmt.Sprintf(bindingOf, "RoleBinding", ", namespace: a", "Role", "r", group), []Giver{{"RoleBinding", "b", "r", true}}},
		{role + "\n---\n" + fmt.Sprintf(bindingOf, "RoleBinding", ", namespace: a", "Role", "r", group+"}, {"+account), []Giver{{"RoleBinding", "b", "r", false}}},
		{fmt.Sprintf(bindingOf, "ClusterRoleBinding", "", "ClusterRole", "cluster-admin", account), []Giver{{"ClusterRoleBinding", "b", "cluster-admin", false}}},
		{fmt.Sprintf(bindingOf, "RoleBinding", ", namespace: a", "ClusterRole", "view", account), nil},
		{role + "\n---\n" + fmt.Sprintf(bindingOf, "RoleBinding", ", namespace: a", "Role", "r", "kind: ServiceAccount, name: other, namespace: a"), nil},
	} {
		rights := of(given(t, New(), c.objects), "a", &corev1.PodTemplateSpec{}).Rights
		if got := rights.Of("spark").Givers(secrets); !slices.Equal(got, c.want) {
			t.Errorf("%s\n%v, want %v", c.objects, got, c.want)
		}
	}
	var none Rights
	if none.Of("spark").Givers(secrets) != nil {
		t.Error("no rights have givers")
	}
}
