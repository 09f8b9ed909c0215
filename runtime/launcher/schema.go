package launcher

// kind is what a value of the file must be.
type kind int

const (
	anything kind = iota
	text
	integer
	number
	boolean
	list
	texts   // a list of texts
	section // a mapping
)

func (k kind) String() string {
	return [...]string{"anything", "text", "a whole number", "a number", "true or false", "a list", "a list of texts", "a section"}[k]
}

// shape is what may stand at one place of a cluster file. The shapes follow the schema that Ray
// ships (autoscaler/ray-schema.json); the keys of provider are those that the provider's code reads.
type shape struct {
	kind kind
	null bool // an empty value is allowed
	// fields are the keys of a section; each, when set, is the shape of every key's value instead.
	fields map[string]shape
	each   *shape
	// open allows keys that are not in fields. An unknown one is a note, not a problem.
	open bool
}

var commandList = shape{kind: texts, null: true}

var dockerShape = shape{kind: section, null: true, fields: map[string]shape{
	"image": {kind: text}, "container_name": {kind: text}, "pull_before_run": {kind: boolean},
	"run_options": {kind: list}, "head_image": {kind: text}, "head_run_options": {kind: list},
	"worker_image": {kind: text}, "worker_run_options": {kind: list},
	"disable_automatic_runtime_detection": {kind: boolean}, "disable_shm_size_detection": {kind: boolean},
	"use_podman": {kind: boolean},
}}

var nodeTypeShape = shape{kind: section, null: true, fields: map[string]shape{
	"node_config": {kind: section, null: true, open: true}, "min_workers": {kind: integer}, "max_workers": {kind: integer},
	"idle_timeout_s": {kind: number, null: true}, "priority": {kind: integer},
	"resources": {kind: section, null: true, each: &shape{kind: integer}},
	"labels":    {kind: section, null: true, each: &shape{kind: text}},
	// What follows is a list of commands or images for nodes of this type alone.
	"initialization_commands": commandList, "worker_setup_commands": commandList,
	"docker": {kind: section, null: true, fields: map[string]shape{
		"pull_before_run": {kind: boolean}, "worker_image": {kind: text}, "worker_run_options": {kind: list},
	}},
}}

var clusterShape = shape{kind: section, fields: map[string]shape{
	"cluster_name": {kind: text}, "max_workers": {kind: integer}, "min_workers": {kind: integer},
	"upscaling_speed": {kind: number}, "idle_timeout_minutes": {kind: number},
	"provider": {kind: section, open: true, fields: providerKeys},
	"auth": {kind: section, null: true, fields: map[string]shape{
		"ssh_user": {kind: text}, "ssh_public_key": {kind: text}, "ssh_private_key": {kind: text},
		"ssh_proxy_command": {kind: text}, "ssh_proxy_use_node_id": {kind: boolean},
	}},
	"docker":                        dockerShape,
	"head_node_type":                {kind: text},
	"available_node_types":          {kind: section, each: &nodeTypeShape},
	"file_mounts":                   {kind: section, null: true, each: &shape{kind: text}},
	"cluster_synced_files":          {kind: texts, null: true},
	"file_mounts_sync_continuously": {kind: boolean},
	"rsync_exclude":                 {kind: texts, null: true}, "rsync_filter": {kind: texts, null: true},
	"metadata":                {kind: section, null: true, open: true},
	"initialization_commands": commandList, "setup_commands": commandList,
	"head_setup_commands": commandList, "worker_setup_commands": commandList,
	"head_start_ray_commands": commandList, "worker_start_ray_commands": commandList,
}}

// providerKeys are the keys that any of Ray's providers reads.
var providerKeys = map[string]shape{
	"type": {kind: text}, "region": {kind: text}, "availability_zone": {kind: text}, "module": {kind: text},
	"use_internal_ips": {kind: boolean}, "disable_node_updaters": {kind: boolean}, "cache_stopped_nodes": {kind: boolean},
	"disable_launch_config_check": {kind: boolean}, "foreground_node_launch": {kind: boolean},
	"worker_liveness_check": {kind: boolean}, "worker_rpc_drain": {kind: boolean},
	// Google
	"project_id": {kind: text, null: true}, "gcp_credentials": {kind: section, fields: map[string]shape{
		"type": {kind: text}, "credentials": {kind: text},
	}},
	// Azure
	"location": {kind: text}, "resource_group": {kind: text}, "subscription_id": {kind: text}, "tags": {kind: section, open: true},
	"subnet_mask": {kind: text}, "subnet_id": {kind: text}, "unique_id": {kind: text}, "msi_identity_id": {kind: text},
	"msi_identity_principal_id": {kind: text}, "msi_name": {kind: text}, "msi_resource_group": {kind: text},
	"vnet_resource_group": {kind: text}, "vnet_name": {kind: text}, "subnet_name": {kind: text},
	"use_external_head_ip": {kind: boolean},
	// Amazon
	"security_group": {kind: section, fields: map[string]shape{"GroupName": {kind: text}, "IpPermissions": {kind: list}}},
	"cloudwatch":     {kind: section, open: true}, "aws_credentials": {kind: section, open: true},
	// machines that stand there already
	"head_ip": {kind: text}, "worker_ips": {kind: texts, null: true}, "external_head_ip": {kind: text}, "coordinator_address": {kind: text},
	// Kubernetes: ours
	"namespace": {kind: text}, "context": {kind: text}, "image": {kind: text}, "service_account": {kind: text},
	// nodes as processes of this machine
	"gcs_address": {kind: text}, "head_node_id": {kind: text}, "launch_multiple": {kind: boolean},
	"client_server_port": {kind: integer}, "dashboard_port": {kind: integer}, "temp_dir": {kind: text},
}
