using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Tests.Policy.Names;

namespace Gatehouse.Tests.Policy;

/// <summary>
/// The policy's meaning, written as plainly and slowly as possible: every grant, every pattern, every way to read it. The
/// compiled authorizer must agree with it always.
/// </summary>
internal static class ReferenceAuthorizer
{
    public static (DenialReason Reason, int Operation, int Resource) Decide(
        IReadOnlyList<RoleDocument> roles, AuthorizationContext context, IReadOnlyList<Asked> operations)
    {
        if (operations.Count == 0)
        {
            return (DenialReason.UnknownOperation, -1, -1);
        }

        List<Grant> grants = roles.Concat(BuiltInRoles.All.Values.Where(b => !roles.Any(r => r.Name == b.Name))).Where(r => context.Roles.Contains(r.Name)).SelectMany(r => r.Grants).ToList();
        for (int o = 0; o < operations.Count; o++)
        {
            Asked asked = operations[o];
            for (int r = asked.Resources.Length == 0 ? -1 : 0; r < asked.Resources.Length; r++)
            {
                List<Grant> applying = grants.Where(g => Applies(g, asked, r, context)).ToList();
                if (applying.Exists(g => g.Effect == GrantEffect.Deny))
                {
                    return (DenialReason.ExplicitDeny, o, r);
                }

                if (applying.Count == 0)
                {
                    return (DenialReason.NoGrant, o, r);
                }
            }
        }

        return (DenialReason.None, 0, 0);
    }

    /// <summary>Whether a pattern matches a name, by trying every length of every wildcard.</summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name, Principal principal)
    {
        if (pattern.IsEmpty)
        {
            return name.IsEmpty;
        }

        if (pattern[0] == '*')
        {
            bool crosses = pattern.Length > 1 && pattern[1] == '*';
            for (int length = 0; length <= name.Length; length++)
            {
                if (Matches(pattern[(crosses ? 2 : 1)..], name[length..], principal))
                {
                    return true;
                }

                if (length < name.Length && name[length] == '/' && !crosses)
                {
                    return false;
                }
            }

            return false;
        }

        if (pattern.StartsWith("${"u8))
        {
            int close = pattern.IndexOf((byte)'}');
            string attribute = Encoding.UTF8.GetString(pattern[2..close]);
            string? value = attribute == "username" ? principal.Name : principal.Attributes.GetValueOrDefault(attribute);
            if (string.IsNullOrEmpty(value) || value.IndexOfAny(['*', '+', '#', '/']) >= 0)
            {
                return false;
            }

            byte[] bytes = Encoding.UTF8.GetBytes(value);
            return name.StartsWith(bytes) && Matches(pattern[(close + 1)..], name[bytes.Length..], principal);
        }

        return !name.IsEmpty && name[0] == pattern[0] && Matches(pattern[1..], name[1..], principal);
    }

    private static bool Applies(Grant grant, Asked asked, int resource, AuthorizationContext context) =>
        (grant.System == "*" || grant.System == asked.System)
        && grant.Actions.Any(pattern => ActionMatches(pattern, asked.Action) || (asked.System == "ignite" && ReferenceNames.Named(pattern).Any(word => ReferenceNames.AlsoMeans(grant.Effect, word, asked.Action))))
        && ResourceApplies(grant, asked, resource, context)
        && (grant.When is null || Holds(grant.When, context));

    private static bool ResourceApplies(Grant grant, Asked asked, int resource, AuthorizationContext context)
    {
        ImmutableArray<string> patterns = grant.Resources.IsEmpty ? ["**"] : grant.Resources;
        bool isOnNames = grant.System == "ignite";
        patterns = isOnNames ? [.. patterns.Select(p => ReferenceNames.AsPath(grant.Actions, p))] : patterns;
        if (resource < 0)
        {
            return grant.Effect == GrantEffect.Allow || patterns.Contains("**");
        }

        (byte[] name, bool isPrefix) = asked.Resources[resource];
        if (!isPrefix)
        {
            return patterns.Select(p => isOnNames ? ReferenceNames.With(p, context.Principal) : p).Any(p => p is not null && Matches(Encoding.UTF8.GetBytes(p), name, context.Principal));
        }

        return patterns.Any(p => grant.Effect == GrantEffect.Allow ? CoversAll(p, name) : CouldReach(p, name));
    }

    private static bool CoversAll(string pattern, byte[] prefix)
    {
        string head = HeadOf(pattern);
        return pattern == head + "**" && prefix.AsSpan().StartsWith(Encoding.UTF8.GetBytes(head));
    }

    private static bool CouldReach(string pattern, byte[] prefix)
    {
        string head = HeadOf(pattern);
        byte[] bytes = Encoding.UTF8.GetBytes(head);
        return bytes.AsSpan().StartsWith(prefix) || (pattern != head && prefix.AsSpan().StartsWith(bytes));
    }

    private static string HeadOf(string pattern)
    {
        int star = pattern.IndexOf('*');
        int slot = pattern.IndexOf("${", StringComparison.Ordinal);
        int end = star < 0 ? slot : slot < 0 ? star : Math.Min(star, slot);
        return end < 0 ? pattern : pattern[..end];
    }

    private static bool ActionMatches(string pattern, string name)
    {
        if (pattern.Length == 0)
        {
            return name.Length == 0;
        }

        return pattern[0] == '*'
            ? Enumerable.Range(0, name.Length + 1).Any(skip => ActionMatches(pattern[1..], name[skip..]))
            : name.Length > 0 && name[0] == pattern[0] && ActionMatches(pattern[1..], name[1..]);
    }

    private static bool Holds(GrantConditions when, AuthorizationContext context)
    {
        IPAddress source = context.Source.IsIPv4MappedToIPv6 ? context.Source.MapToIPv4() : context.Source;
        TimeOnly time = TimeOnly.FromDateTime(context.Now.UtcDateTime);
        return (when.Sources.IsEmpty || when.Sources.Any(s => IPNetwork.Parse(s.Contains('/') ? s : s.Contains(':') ? s + "/128" : s + "/32").Contains(source)))
            && (when.Gates.IsEmpty || when.Gates.Contains(context.Gate))
            && (!when.ClientCertificate || context.HasClientCertificate)
            && (when.Own is null || context.Ownership == Ownership.Own)
            && !(context.Now < when.NotBefore) && !(context.Now >= when.NotAfter)
            && (when.Hours is null || InHours(when.Hours, time));
    }

    private static bool InHours(string hours, TimeOnly time)
    {
        TimeOnly first = TimeOnly.Parse(hours[..5]);
        TimeOnly end = TimeOnly.Parse(hours[6..]);
        return first < end ? time >= first && time < end : time >= first || time < end;
    }
}

/// <summary>An operation as the reference sees it.</summary>
internal sealed record Asked(string System, string Action, ImmutableArray<(byte[] Name, bool IsPrefix)> Resources)
{
    public override string ToString() =>
        $"{System}/{Action}({string.Join(", ", Resources.Select(r => $"{Convert.ToHexString(r.Name)}={Encoding.UTF8.GetString(r.Name)}{(r.IsPrefix ? "..." : "")}"))})";
}
