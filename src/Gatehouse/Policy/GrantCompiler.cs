using System.Collections.Immutable;
using System.Net;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Tables;
using Gatehouse.Policy.Topics;
using Gatehouse.Problems;

namespace Gatehouse.Policy;

/// <summary>
/// Reads role documents, collects everything that is wrong with them, and parses them into shapes and patterns. A role that
/// the policy before had with the very same grants is taken over parsed; what is checked over all roles is checked again.
/// </summary>
internal sealed class GrantCompiler(ICollection<Problem> problems, FrozenRoles? previous = null)
{
    private const int MaxName = 128;

    private readonly Dictionary<string, GrantShape> _shapes = new(StringComparer.Ordinal);
    private readonly PatternTable _table = new();
    private int _found;

    /// <summary>Parses the roles and the built-in ones; null when anything is wrong.</summary>
    public FrozenRoles? Compile(IReadOnlyCollection<RoleDocument> documents, IReadOnlyCollection<RoleDocument> limits)
    {
        var roles = new Dictionary<string, CompiledRole>(StringComparer.Ordinal);
        foreach (RoleDocument document in documents)
        {
            CheckName(document.Name);
            CompiledRole role = CompileRole(document);
            if (BuiltInRoles.IsFixed(document.Name ?? ""))
            {
                Report(PolicyProblems.BuiltInRole, $"role `{document.Name}` is built in and cannot be redefined");
            }
            else if (!roles.TryAdd(document.Name ?? "", role))
            {
                Report(PolicyProblems.DuplicateRole, $"role `{document.Name}` is defined twice");
            }
        }

        foreach (RoleDocument builtIn in BuiltInRoles.All.Values.Where(builtIn => !roles.ContainsKey(builtIn.Name)))
        {
            roles.Add(builtIn.Name, CompileRole(builtIn));
        }

        // Their names are made by us, of letters that no role's name may have.
        foreach (RoleDocument limit in limits)
        {
            roles.Add(limit.Name, CompileRole(limit));
        }

        if (_found == 0 && _table.Seal(out string reason) is ResourcePattern tooMuch)
        {
            Report(PolicyProblems.TooManyWildcards, $"resource pattern `{tooMuch.Text}` is one too many: {reason}");
        }

        return _found == 0 ? new FrozenRoles(roles, _table) : null;
    }

    private void Report(ProblemDefinition definition, string text)
    {
        _found++;
        problems.Add(definition.Because(text));
    }

    private void CheckName(string? name)
    {
        if (name is null || name.Length is 0 or > MaxName || !IsMadeOf(name, "-_.@"))
        {
            Report(PolicyProblems.RoleName, $"role name `{name}` is not 1 to {MaxName} letters, digits and `-_.@`");
        }
    }

    private CompiledRole CompileRole(RoleDocument document)
    {
        if (document.Name is not null && previous?.Find(document.Name) is { } known && known.Source == document.Grants)
        {
            TakeOver(known);
            return known;
        }

        return new CompiledRole(document.Name ?? "", document.Grants, CompileGrants(document));
    }

    private void TakeOver(CompiledRole role)
    {
        foreach (CompiledGrant grant in role.Grants)
        {
            var syntax = PatternSyntax.For(grant.Document);
            foreach (ResourcePattern pattern in grant.Patterns)
            {
                _table.TryAdd(syntax, pattern);
            }

            _shapes.TryAdd(grant.Shape.Key, grant.Shape);
        }
    }

    private CompiledGrant[] CompileGrants(RoleDocument role)
    {
        var grants = new List<CompiledGrant>();
        for (int i = 0; i < (role.Grants.IsDefault ? 0 : role.Grants.Length); i++)
        {
            if (role.Grants[i] is not Grant grant)
            {
                Report(PolicyProblems.Effect, $"role `{role.Name}`, grant {i + 1} is empty");
                continue;
            }

            string place = $"role `{role.Name}`, grant {i + 1}:";
            int before = _found;
            CheckWords(grant, place);
            CompiledConditions? conditions = grant.When is null ? null : CompileConditions(grant.When, place);
            MqttConditions.Check(grant, place, Report);
            OwnConditions.Check(grant, place, Report);
            ResourcePattern[] patterns = CompilePatterns(grant, place);
            if (_found == before)
            {
                grants.Add(new CompiledGrant(i, grant, ShapeOf(grant, conditions), patterns));
            }
        }

        return [.. grants];
    }

    private void CheckWords(Grant grant, string place)
    {
        if (!Enum.IsDefined(grant.Effect))
        {
            Report(PolicyProblems.Effect, $"{place} effect {(int)grant.Effect} is neither allow nor deny");
        }

        if (grant.System != "*" && (grant.System is null || grant.System.Length is 0 or > 64 || !IsMadeOf(grant.System, "-_.")))
        {
            Report(PolicyProblems.SystemName, $"{place} system `{grant.System}` is neither `*` nor 1 to 64 letters, digits and `-_.`");
        }

        if (grant.AllowRestricted && grant.System is not ("*" or Privileges.System))
        {
            Report(PolicyProblems.ResourcePattern, $"{place} restricted names are there in {Privileges.System} only, not in `{grant.System}`");
        }

        if (grant.Actions.IsDefaultOrEmpty)
        {
            Report(PolicyProblems.ActionPattern, $"{place} names no action");
            return;
        }

        foreach (string action in grant.Actions)
        {
            if (action is null || action.Length is 0 or > MaxName || !IsMadeOf(action, "-_.:/*"))
            {
                Report(PolicyProblems.ActionPattern, $"{place} action pattern `{action}` is not 1 to {MaxName} letters, digits, `-_.:/` and `*`");
            }
            else if (FaultOf(grant.System, action) is { } fault)
            {
                Report(PolicyProblems.ActionPattern, $"{place} action pattern `{action}` {fault}");
            }
        }
    }

    // Of systems whose words are all known.
    private static string? FaultOf(string? system, string action) => system switch
    {
        Privileges.System => Privileges.Fault(action),
        IgniteRights.System => IgniteRights.Fault(action),
        _ => null,
    };

    private ResourcePattern[] CompilePatterns(Grant grant, string place)
    {
        var syntax = PatternSyntax.For(grant);
        ImmutableArray<string> texts = grant.Resources.IsDefaultOrEmpty ? [syntax.Everything] : grant.Resources;
        var patterns = new List<ResourcePattern>(texts.Length);
        foreach (string text in texts)
        {
            if (text is not null && _table.Find(syntax, text) is { } known)
            {
                patterns.Add(known);
            }
            else if (syntax.TryParse(text ?? "", out ResourcePattern? pattern, out string? error))
            {
                _table.TryAdd(syntax, pattern);
                patterns.Add(pattern);
            }
            else
            {
                string shown = text is { Length: > MaxName } ? string.Concat(text.AsSpan(0, MaxName), "...") : text ?? "";
                Report(PolicyProblems.ResourcePattern, $"{place} resource pattern `{shown}` {error}");
            }
        }

        return [.. patterns];
    }

    private CompiledConditions CompileConditions(GrantConditions when, string place)
    {
        var networks = new List<IPNetwork>();
        foreach (string text in when.Sources.IsDefault ? [] : when.Sources)
        {
            if (text is not null && SourceRanges.TryParse(text, out IPNetwork network))
            {
                networks.Add(network);
            }
            else
            {
                Report(PolicyProblems.SourceNetwork, $"{place} source `{text}` is no plain address or network");
            }
        }

        ImmutableArray<string> gates = when.Gates.IsDefault ? [] : when.Gates;
        foreach (string gate in gates)
        {
            if (gate is null || gate.Length is 0 or > MaxName || !IsMadeOf(gate, "-_."))
            {
                Report(PolicyProblems.GateName, $"{place} gate `{gate}` is not 1 to {MaxName} letters, digits and `-_.`");
            }
        }

        if (when.NotBefore >= when.NotAfter)
        {
            Report(PolicyProblems.TimeBounds, $"{place} it would hold from {when.NotBefore:O} until {when.NotAfter:O}: never");
        }

        (int first, int end) = (-1, -1);
        if (when.Hours is not null && !TryParseHours(when.Hours, out first, out end))
        {
            Report(PolicyProblems.Hours, $"{place} hours `{when.Hours}` are not `HH:mm-HH:mm` with two different times");
        }

        return new CompiledConditions
        {
            Sources = networks.Count == 0 ? null : new SourceRanges(networks),
            Gates = [.. gates],
            ClientCertificate = when.ClientCertificate,
            NotBefore = when.NotBefore?.UtcTicks ?? long.MinValue,
            NotAfter = when.NotAfter?.UtcTicks ?? long.MaxValue,
            FirstMinute = first,
            EndMinute = end,
            Qos = MqttConditions.MaskOf(when.Qos),
            Retain = when.Retain,
            Own = when.Own == true,
        };
    }

    private GrantShape ShapeOf(Grant grant, CompiledConditions? conditions)
    {
        // Every word was checked to hold no control characters, so that they divide the words here.
        GrantConditions? when = grant.When;
        string key = string.Join(
            '\u001e',
            grant.Effect.ToString(),
            grant.AllowRestricted ? "+" : "",
            grant.System,
            Joined(grant.Actions),
            when is null ? "" : Joined(when.Sources),
            when is null ? "" : Joined(when.Gates),
            when is null ? "" : $"{when.ClientCertificate} {when.NotBefore?.UtcTicks} {when.NotAfter?.UtcTicks} {when.Hours} {MqttConditions.MaskOf(when.Qos)} {when.Retain} {when.Own}");
        if (!_shapes.TryGetValue(key, out GrantShape? shape))
        {
            shape = new GrantShape(key, grant, conditions);
            _shapes.Add(key, shape);
        }

        return shape;
    }

    private static string Joined(ImmutableArray<string> words) =>
        words.IsDefaultOrEmpty ? "" : string.Join('\u001f', words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private static bool IsMadeOf(string text, string besides)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !besides.Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseHours(string text, out int first, out int end)
    {
        first = end = -1;
        return text.Length == 11 && text[5] == '-'
            && TryParseMinute(text.AsSpan(0, 5), out first) && TryParseMinute(text.AsSpan(6), out end) && first != end;
    }

    private static bool TryParseMinute(ReadOnlySpan<char> text, out int minute)
    {
        minute = -1;
        if (text[2] != ':' || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[3]) || !char.IsAsciiDigit(text[4]))
        {
            return false;
        }

        int hours = ((text[0] - '0') * 10) + text[1] - '0';
        int minutes = ((text[3] - '0') * 10) + text[4] - '0';
        minute = (hours * 60) + minutes;
        return hours < 24 && minutes < 60;
    }
}
