package launcher

import (
	"cmp"
	"fmt"
	"strings"
)

// providers are those whose plans we know. The defaults are Ray 2.60's.
var providers = map[string]provider{
	"gcp": {
		title: "Google Cloud", needs: []string{"region"}, maxWorkers: 2, sshUser: "ubuntu", ssh: true,
		types: []NodeType{
			{Name: "ray_head_default", Head: true, Machine: "n1-standard-2", Resources: map[string]int{"CPU": 2}},
			{Name: "ray_worker_small", Machine: "n1-standard-2", Resources: map[string]int{"CPU": 2}, Spot: true},
		},
		machine: func(config map[string]any) (string, bool) {
			preemptible := false
			// Both spellings are read by Ray: a section, and a list of one.
			switch s := config["scheduling"].(type) {
			case map[string]any:
				preemptible = s["preemptible"] == true
			case []any:
				for _, one := range s {
					m, _ := one.(map[string]any)
					preemptible = preemptible || m["preemptible"] == true
				}
			}
			name := lookup(config, "machineType")
			if name == "" {
				name = lookup(config, "acceleratorType") // a TPU
			}
			return name, preemptible
		},
		place: func(c *Cluster) string {
			zone := cmp.Or(c.setting("availability_zone"), "a zone of Ray's choice")
			return fmt.Sprintf("%s, zone %s, project %s", c.setting("region"), zone, cmp.Or(c.setting("project_id"), "(none named)"))
		},
		module: "googleapiclient", pip: "google-api-python-client",
		missing: func(c *Cluster, s Surroundings) []string {
			var out []string
			if c.setting("project_id") == "" {
				out = append(out, "the project: add project_id: below provider:")
			}
			if _, inFile := c.settings["gcp_credentials"]; inFile {
				return out
			}
			file := s.Getenv("GOOGLE_APPLICATION_CREDENTIALS")
			switch {
			case file != "" && !s.Exists(file):
				out = append(out, "the file "+file+", which GOOGLE_APPLICATION_CREDENTIALS names")
			case file == "" && !s.has(nil, ".config/gcloud/application_default_credentials.json"):
				out = append(out, "Google credentials: gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS=FILE of a service account")
			}
			return out
		},
		environment: []string{`(stat /opt/conda/bin >/dev/null 2>&1 && (grep -q /opt/conda/bin ~/.bashrc || echo 'export PATH="/opt/conda/bin:$PATH"' >> ~/.bashrc)) || true`},
	},
	"azure": {
		title: "Microsoft Azure", needs: []string{"location", "resource_group"}, maxWorkers: 2, sshUser: "ubuntu", ssh: true,
		types: []NodeType{
			{Name: "ray.head.default", Head: true, Machine: "Standard_D2s_v3", Resources: map[string]int{"CPU": 2}},
			{Name: "ray.worker.default", Machine: "Standard_D2s_v3", Resources: map[string]int{"CPU": 2}, Spot: true},
		},
		machine: func(config map[string]any) (string, bool) {
			return lookup(config, "azure_arm_parameters", "vmSize"), lookup(config, "azure_arm_parameters", "priority") == "Spot"
		},
		place: func(c *Cluster) string {
			return fmt.Sprintf("%s, resource group %s", c.setting("location"), c.setting("resource_group"))
		},
		module: "azure.identity", pip: "azure-identity azure-mgmt-compute azure-mgmt-network azure-mgmt-resource msrestazure",
		missing: func(c *Cluster, s Surroundings) []string {
			var out []string
			if !s.has([]string{"AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"}, ".azure/msal_token_cache.json", ".azure/msal_token_cache.bin") {
				out = append(out, "Azure credentials: az login, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of a service principal")
			} else if s.Getenv("AZURE_CLIENT_ID") != "" && s.Getenv("AZURE_TENANT_ID") == "" {
				out = append(out, "the tenant: AZURE_TENANT_ID beside AZURE_CLIENT_ID")
			}
			if c.setting("subscription_id") == "" && !s.has([]string{"AZURE_SUBSCRIPTION_ID"}, ".azure/azureProfile.json") {
				out = append(out, "the subscription: add subscription_id: below provider:, or az account set")
			}
			return out
		},
		environment: []string{
			`(which conda && (grep -q 'shell.bash hook' ~/.bashrc || echo 'eval "$(conda shell.bash hook)"' >> ~/.bashrc)) || true`,
			`conda tos accept`,
			`conda create -n ray-env python=3.10 -y`,
			`conda activate ray-env && (grep -q 'activate ray-env' ~/.bashrc || echo 'conda activate ray-env' >> ~/.bashrc)`,
		},
	},
	"aws": {
		title: "Amazon Web Services", needs: []string{"region"}, maxWorkers: 2, sshUser: "ubuntu", ssh: true,
		types: []NodeType{
			{Name: "ray.head.default", Head: true, Machine: "m5.large"},
			{Name: "ray.worker.default", Machine: "m5.large", Spot: true},
		},
		machine: func(config map[string]any) (string, bool) {
			return lookup(config, "InstanceType"), lookup(config, "InstanceMarketOptions", "MarketType") == "spot"
		},
		place: func(c *Cluster) string {
			return fmt.Sprintf("%s, zone %s", c.setting("region"), cmp.Or(c.setting("availability_zone"), "of Ray's choice"))
		},
		module: "boto3", pip: "boto3",
		missing: func(c *Cluster, s Surroundings) []string {
			_, inFile := c.settings["aws_credentials"]
			key, secret := s.Getenv("AWS_ACCESS_KEY_ID"), s.Getenv("AWS_SECRET_ACCESS_KEY")
			switch {
			case inFile || key != "" && secret != "":
				return nil
			case key != "":
				return []string{"the secret: AWS_SECRET_ACCESS_KEY beside AWS_ACCESS_KEY_ID"}
			case s.has([]string{"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
				".aws/credentials", ".aws/config"):
				return nil
			}
			return []string{"Amazon credentials: aws configure, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
		},
		environment: []string{`(stat $HOME/anaconda3/envs/tensorflow2_p310/ >/dev/null 2>&1 && (grep -q tensorflow2_p310 ~/.bashrc || echo 'export PATH="$HOME/anaconda3/envs/tensorflow2_p310/bin:$PATH"' >> ~/.bashrc)) || true`},
	},
	"local": {
		title: "machines that stand there", needs: []string{"head_ip", "worker_ips"}, ssh: true, counted: true,
		types: []NodeType{{Name: "local.cluster.node (head)", Head: true}, {Name: "local.cluster.node"}},
		machines: func(settings map[string]any) int {
			ips, _ := settings["worker_ips"].([]any)
			return len(ips)
		},
		place: func(c *Cluster) string {
			ips, _ := c.settings["worker_ips"].([]any)
			names := make([]string, len(ips))
			for i, ip := range ips {
				names[i] = fmt.Sprint(ip)
			}
			return fmt.Sprintf("head %s, workers %s", c.setting("head_ip"), cmp.Or(strings.Join(names, ", "), "none"))
		},
		missing: func(c *Cluster, s Surroundings) []string {
			if c.SSHUser == "" {
				return []string{"the user: add auth: and below it ssh_user:"}
			}
			return nil
		},
	},
	"kubernetes": {
		title: "Kubernetes, through KubeRay", maxWorkers: 2, counted: true,
		types: []NodeType{
			{Name: "head", Head: true, Resources: map[string]int{"CPU": 1}},
			{Name: "workers", Resources: map[string]int{"CPU": 1}},
		},
		place: func(c *Cluster) string {
			return fmt.Sprintf("namespace %s, context %s", cmp.Or(c.setting("namespace"), "default"), cmp.Or(c.setting("context"), "(the current one)"))
		},
		missing: func(c *Cluster, s Surroundings) []string {
			var out []string
			if !s.Command("kubectl") {
				out = append(out, "the program kubectl, which applies the manifests")
			}
			if file := s.Getenv("KUBECONFIG"); file != "" && !s.Exists(file) {
				out = append(out, "the file "+file+", which KUBECONFIG names")
			} else if file == "" && !s.has([]string{"KUBERNETES_SERVICE_HOST"}, ".kube/config") {
				out = append(out, "the cluster's address and credentials: ~/.kube/config, or KUBECONFIG=FILE")
			}
			return out
		},
	},
	"fake_multinode": {
		title: "processes of this machine", maxWorkers: 2, counted: true,
		types: []NodeType{
			{Name: "ray.head.default", Head: true, Resources: map[string]int{"CPU": 1}},
			{Name: "ray.worker.default", Resources: map[string]int{"CPU": 1}},
		},
		place: func(c *Cluster) string {
			return "loopback, GCS at " + cmp.Or(c.setting("gcs_address"), "127.0.0.1:6379")
		},
	},
	// The rest is passed on to Ray as it is.
	"external": {title: "a provider of yours", needs: []string{"module"}, maxWorkers: 2, place: func(c *Cluster) string { return c.setting("module") }},
	"vsphere":  {title: "vSphere", maxWorkers: 2, sshUser: "ray", ssh: true},
	"aliyun":   {title: "Alibaba Cloud", needs: []string{"region"}, maxWorkers: 2, sshUser: "root", ssh: true, place: func(c *Cluster) string { return c.setting("region") }},
}
