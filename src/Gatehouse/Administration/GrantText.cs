using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Administration;

/// <summary>
/// Grants in one line: <c>etcd:kv.range,kv.watch:app/**</c>, or with a space before the resources, which words with a colon
/// need: <c>elasticsearch:index:read events-*</c>. What could be read two ways is refused.
/// </summary>
public static class GrantText
{
    // Systems whose own action names have a colon.
    private static readonly string[] ColonSystems = ["elasticsearch", "opensearch"];

    /// <summary>Whether actions of this system have a colon of their own.</summary>
    internal static bool HasColons(string system) => ColonSystems.Contains(system, StringComparer.Ordinal);

    /// <summary>Reads a line; <paramref name="reason"/> says in lower case why not.</summary>
    public static bool TryParse(string text, GrantEffect effect, out GrantView? grant, out string? reason)
    {
        grant = null;
        int space = text.IndexOf(' ');
        string head = space < 0 ? text : text[..space];
        string? tail = space < 0 ? null : text[(space + 1)..].Trim();
        string[] parts = space < 0 ? head.Split(':') : head.Split(':', 2);
        reason = text.Any(char.IsControl) ? "it holds a control character"
            : parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0 ? "it has no action; write SYSTEM:ACTION:RESOURCE"
            : tail?.Length == 0 || tail?.Contains(' ') == true ? "more than one space, or nothing after it"
            : space < 0 && parts.Length > 2 && HasColons(parts[0])
                ? $"actions of {parts[0]} have a colon: write a space before the resources, `{parts[0]}:index:read NAME`"
            : parts.Length > 3 ? "it has too many colons; write a space before the resources"
            : null;
        if (reason is not null)
        {
            return false;
        }

        string everything = EverythingOf(parts[0]);
        string resources = tail ?? (parts.Length == 3 ? parts[2] : everything);
        string[] actions = parts[1].Split(',');
        string[] names = resources.Split(',');
        if (actions.Contains("") || names.Contains(""))
        {
            reason = "there is nothing before or after a comma or colon";
            return false;
        }

        grant = new GrantView { Effect = effect, System = parts[0], Actions = actions, Resources = resources == everything ? [] : names };
        return true;
    }

    /// <summary>Writes a grant in one line, with its conditions behind it.</summary>
    public static string Format(GrantView grant)
    {
        string actions = string.Join(',', grant.Actions);
        string resources = grant.Resources.Count == 0 ? EverythingOf(grant.System) : string.Join(',', grant.Resources);
        string between = actions.Contains(':') || resources.Contains(':') || HasColons(grant.System) ? " " : ":";
        return $"{grant.System}:{actions}{between}{resources}{(grant.AllowRestricted ? " with restricted names" : "")}{Conditions(grant.When)}";
    }

    /// <summary>What a grant of a system without resources means, as it is written.</summary>
    public static string EverythingOf(string system) => system switch
    {
        Privileges.System or IgniteRights.System => "*",
        MqttRights.System => "#",
        _ => "**",
    };

    private static string Conditions(ConditionsView? when)
    {
        if (when is null)
        {
            return "";
        }

        List<string> parts = [];
        if (when.Sources.Count > 0)
        {
            parts.Add("from " + string.Join(',', when.Sources));
        }

        if (when.Gates.Count > 0)
        {
            parts.Add("through " + string.Join(',', when.Gates));
        }

        if (when.ClientCertificate)
        {
            parts.Add("with client certificate");
        }

        if (when.NotBefore is { } begin)
        {
            parts.Add($"after {begin:yyyy-MM-dd'T'HH:mm:ssK}");
        }

        if (when.NotAfter is { } end)
        {
            parts.Add($"until {end:yyyy-MM-dd'T'HH:mm:ssK}");
        }

        if (when.Hours is not null)
        {
            parts.Add($"at {when.Hours} UTC");
        }

        if (when.Qos is { Count: > 0 })
        {
            parts.Add("at QoS " + string.Join(',', when.Qos));
        }

        if (when.Retain is { } retain)
        {
            parts.Add(retain ? "retained" : "not retained");
        }

        if (when.Own == true)
        {
            parts.Add("own");
        }

        return parts.Count == 0 ? "" : $" ({string.Join("; ", parts)})";
    }
}
