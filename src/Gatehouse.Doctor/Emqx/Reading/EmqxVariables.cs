using System.Collections.Frozen;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Names of variables and settings that mean nothing to EMQX 5 and later, or nothing that is a setting.</summary>
internal static class EmqxVariables
{
    // Of scripts and images, which set them themselves or read them before anything else.
    private static readonly FrozenSet<string> Scripts = new HashSet<string>(StringComparer.Ordinal)
    {
        "EMQX_BOOT_CONFIGS", "EMQX_CONSOLE_FLAVOR", "EMQX_DEFAULT_ERLANG_COOKIE", "EMQX_DESCRIPTION", "EMQX_ENTERPRISE", "EMQX_LICENSE_CONF", "EMQX_LOADED_MODULES",
        "EMQX_LOADED_PLUGINS", "EMQX_LOG__TO", "EMQX_VERSION", "EMQX_WAIT_FOR_STOP", "EMQX_WAIT_FOR_START", "EMQX_USER", "EMQX_GROUP", "EMQX_SERVICE_NAME",
        "EMQX_LISTENER__TCP__EXTERNAL__ACCEPTORS", "EMQX_LISTENER__TCP__EXTERNAL__MAX_CONNECTIONS", "EMQX_LISTENER__SSL__EXTERNAL__ACCEPTORS",
        "EMQX_LISTENER__SSL__EXTERNAL__MAX_CONNECTIONS", "EMQX_LISTENER__WS__EXTERNAL__ACCEPTORS", "EMQX_LISTENER__WS__EXTERNAL__MAX_CONNECTIONS",
        "EMQX_LISTENER__WSS__EXTERNAL__ACCEPTORS", "EMQX_LISTENER__WSS__EXTERNAL__MAX_CONNECTIONS",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Roots4 = new HashSet<string>(StringComparer.Ordinal)
    {
        "acl_cache_max_size", "acl_cache_ttl", "acl_deny_action", "acl_file", "acl_nomatch", "allow_anonymous", "auth", "bridge", "bypass_auth_plugins", "dist",
        "enable_acl_cache", "flapping_detect_policy", "listener", "management", "mgmt", "module", "zone",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether scripts or images use it themselves, so that nobody meant to set something by it.</summary>
    public static bool IsOfImage(string variable) => Scripts.Contains(variable) || variable.StartsWith("EMQX_SERVICE_", StringComparison.Ordinal) || IsOfKubernetes(variable);

    /// <summary>Whether it is the first part of a setting of 4.x that 5.0 dropped.</summary>
    public static bool IsOf4(string root) => Roots4.Contains(root);

    // Kubernetes tells every container of a service `emqx`: EMQX_PORT_1883_TCP_ADDR, EMQX_LISTENERS_SERVICE_HOST.
    private static bool IsOfKubernetes(string variable) =>
        variable.EndsWith("_SERVICE_HOST", StringComparison.Ordinal) || variable.Contains("_SERVICE_PORT", StringComparison.Ordinal) || variable.StartsWith("EMQX_PORT", StringComparison.Ordinal)
        || variable.Contains("_PORT_", StringComparison.Ordinal);
}
