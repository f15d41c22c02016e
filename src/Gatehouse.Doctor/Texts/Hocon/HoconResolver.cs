using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>
/// What names are in the end. A substitution that runs into what is being resolved sees what lies below that (HOCON, "Self-referential
/// substitutions"); where nothing does, it is unknown. Results that were cut in this way are kept only for the layer that cut them.
/// </summary>
internal sealed class HoconResolver(HoconFields root, HoconOptions options)
{
    private const int MaxNesting = 400;
    private const int MaxSteps = 1_000_000;

    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.+-eE");

    private int _depth;
    private int _cut = int.MaxValue;
    private int _steps;
    private long _length;

    /// <summary>Everything.</summary>
    public Draft Resolve() => Resolve([root]) ?? new Draft(SettingKind.Map);

    /// <summary>What layers are together; null where they are nothing.</summary>
    private Draft? Resolve(IReadOnlyList<HoconLayer> layers)
    {
        Draft? result = null;
        foreach (HoconLayer layer in layers)
        {
            if (Evaluate(layer) is { } value)
            {
                result = Joined(result, value);
            }
        }

        return result;
    }

    private Draft? Evaluate(HoconLayer layer)
    {
        if (layer.IsDone || layer is HoconReady)
        {
            return layer is HoconReady ready ? ready.Ready : layer.Value;
        }

        if (layer.Busy >= 0)
        {
            _cut = Math.Min(_cut, layer.Busy);
            return null;
        }

        int outside = _cut;
        _cut = int.MaxValue;
        layer.Busy = Enter(layer);
        Draft? value = layer is HoconFields fields ? Members(fields) : Written((HoconWritten)layer);
        if (_cut >= layer.Busy)
        {
            (layer.Value, layer.IsDone) = (value, true);
            _cut = int.MaxValue;
        }

        _cut = Math.Min(_cut, outside);
        layer.Busy = -1;
        _depth--;
        return value;
    }

    private Draft Members(HoconFields fields)
    {
        var map = new Draft(SettingKind.Map)
        {
            Origins = [.. fields.Places.AsEnumerable().Reverse().Take(TextLimits.MaxOrigins)],
            IsPartial = fields.Gap is not null,
            Reason = fields.Gap,
        };
        foreach (string name in fields.Names)
        {
            // Get, not Find: the name is there.
            if (Resolve(fields.Get(name)) is { } value)
            {
                map.Put(name, value);
            }
        }

        return map;
    }

    private Draft? Written(HoconWritten layer)
    {
        if (layer.AppendedTo is not { } path)
        {
            return Value(layer.Written, layer.Scope);
        }

        Draft? item = Value(layer.Written, layer.Scope);
        Draft? below = path.IsEmpty ? null : Look(path);
        Origin origin = layer.Scope.Text.Origin(layer.Written.Span);
        if (below is { Kind: SettingKind.Unknown } || item is { Kind: SettingKind.Unknown })
        {
            return Draft.Unknown((below?.Reason ?? item?.Reason)!, origin); // one of them is unknown and says why
        }

        var list = new Draft(SettingKind.List) { Origins = [origin, .. below?.Origins ?? []] };
        list.Items.AddRange(below is { Kind: SettingKind.List } ? below.Items : []);
        list.Items.AddRange(item is null ? [] : [item]);
        Charge(list.Items.Count, origin);
        return list;
    }

    private Draft? Value(HoconValue value, HoconScope scope)
    {
        Origin origin = scope.Text.Origin(value.Span);
        if (value.HasSubstitution && !options.ResolvesSubstitutions)
        {
            return Draft.Unknown("the system leaves substitutions as they are", origin);
        }

        if (value.Parts is [var only])
        {
            return Part(only, scope);
        }

        if (value.Parts.All(static p => p is HoconWord))
        {
            string text = string.Concat(value.Parts.Cast<HoconWord>().Select(static w => w.Value));
            return Draft.Scalar(SettingKind.Text, text, origin, scope.Text.Slice(value.Span), isQuoted: false);
        }

        var parts = new List<(Draft Value, bool IsSpace)>();
        foreach (HoconPart part in value.Parts)
        {
            if (Part(part, scope) is { } read)
            {
                parts.Add((read, part is HoconWord { Quotes: HoconQuotes.Space }));
            }
        }

        return Together(parts, value, scope, origin);
    }

    private Draft? Together(List<(Draft Value, bool IsSpace)> parts, HoconValue value, HoconScope scope, Origin origin)
    {
        Draft[] solid = [.. parts.Where(static p => !p.IsSpace).Select(static p => p.Value)];
        if (solid.Length == 0)
        {
            return null;
        }

        if (solid.All(static d => d.Kind is SettingKind.Map or SettingKind.Unknown) && solid.Any(static d => d.Kind == SettingKind.Map))
        {
            return solid.Aggregate(Joined);
        }

        if (Array.Find(solid, static d => d.Kind == SettingKind.Unknown) is { } unknown)
        {
            return Draft.Unknown(unknown.Reason!, [origin, .. unknown.Origins]); // what is unknown says why
        }

        ImmutableArray<Origin> origins = [origin, .. solid.SelectMany(static d => d.Origins).Distinct().Where(o => !Lies(o, origin)).Take(TextLimits.MaxOrigins - 1)];
        if (solid.All(static d => d.Kind == SettingKind.List))
        {
            var list = new Draft(SettingKind.List) { Origins = origins, IsPartial = solid.Any(static d => d.IsPartial) };
            list.Items.AddRange(solid.SelectMany(static d => d.Items));
            Charge(list.Items.Count, origin);
            return list;
        }

        if (solid.Any(static d => d.Kind is SettingKind.List or SettingKind.Map))
        {
            return Draft.Unknown("values of different kinds are joined", origin);
        }

        _length += parts.Sum(static p => (long)(p.Value.Text ?? "null").Length);
        Charge(parts.Count, origin);
        string text = string.Concat(parts.Select(static p => p.Value.Text ?? "null"));
        return new Draft(SettingKind.Text) { Text = text, Raw = scope.Text.Slice(value.Span), Origins = origins };
    }

    private Draft? Part(HoconPart part, HoconScope scope)
    {
        switch (part)
        {
            case HoconWord word:
                return Word(word, scope);
            case HoconSubstitution substitution:
                return Substituted(substitution, scope);
            case HoconObject written:
                return Evaluate(HoconAssembly.Fields(written, scope));
            case HoconList list:
                return Items(list, scope);
            default:
                throw new InvalidOperationException($"{part.GetType().Name} is no part");
        }
    }

    private Draft Items(HoconList written, HoconScope scope)
    {
        var list = new Draft(SettingKind.List) { Origins = [scope.Text.Origin(written.Span)] };
        Enter(list.Origins[0]);
        foreach (HoconValue item in written.Items)
        {
            if (Value(item, scope) is { } value)
            {
                list.Items.Add(value);
            }
        }

        _depth--;
        return list;
    }

    private static Draft Word(HoconWord word, HoconScope scope)
    {
        SettingKind kind = word switch
        {
            { Quotes: not HoconQuotes.None } => SettingKind.Text,
            { Value: "true" or "false" } => SettingKind.Boolean,
            { Value: "null" } => SettingKind.Null,
            _ => IsNumber(word.Value) ? SettingKind.Number : SettingKind.Text,
        };
        bool isQuoted = word.Quotes is HoconQuotes.Single or HoconQuotes.Triple;
        return Draft.Scalar(kind, kind == SettingKind.Null ? null : word.Value, scope.Text.Origin(word.Span), scope.Text.Slice(word.Span), isQuoted);
    }

    private Draft? Substituted(HoconSubstitution substitution, HoconScope scope)
    {
        Origin origin = scope.Text.Origin(substitution.Span);
        Draft? found = (scope.Prefix.IsEmpty ? null : Look(scope.Prefix.AddRange(substitution.Path))) ?? Look(substitution.Path);
        if (found is not null)
        {
            Charge(found.Items.Count + found.Members.Count, origin);
            return found.Copy(origins: [origin, .. found.Origins], overridden: []);
        }

        string name = string.Join('.', substitution.Path);
        if (options.Environment?.Find(name) is { } variable)
        {
            return variable.Value is { } value
                ? new Draft(SettingKind.Text) { Text = value, Raw = scope.Text.Slice(substitution.Span), Origins = [origin, variable.Origin] }
                : Draft.Unknown($"the environment variable `{name}` is set to something that is not known", origin, variable.Origin);
        }

        bool isOpen = options.Environment is { IsComplete: false };
        return substitution.IsOptional && !isOpen ? null : Draft.Unknown($"nothing that is known here sets `{name}`", origin);
    }

    /// <summary>What a name is, as far as it can be told without what is being resolved.</summary>
    private Draft? Look(ImmutableArray<string> path)
    {
        List<HoconLayer> layers = [root];
        foreach (string name in path)
        {
            layers = Below(layers, name);
        }

        int busy = layers.FindIndex(static l => l.Busy >= 0);
        if (busy >= 0)
        {
            _cut = Math.Min(_cut, layers[busy].Busy);
            layers = layers[..busy];
        }

        return Resolve(layers);
    }

    private List<HoconLayer> Below(List<HoconLayer> layers, string name)
    {
        var below = new List<HoconLayer>();
        foreach (HoconLayer layer in layers)
        {
            if (layer is HoconFields fields)
            {
                below.AddRange(fields.Find(name) ?? (fields.Gap is null ? [] : [new HoconReady(Draft.Unknown(fields.Gap))]));
            }
            else if (layer.Busy >= 0)
            {
                // The substitution that is being resolved is this one's own: it looks at what lies below.
                _cut = Math.Min(_cut, layer.Busy);
                break;
            }
            else if (layer is HoconWritten { MayBeFields: false })
            {
                below.Clear();
            }
            else if (Evaluate(layer) is { } value)
            {
                Draft? member = value.Member(name);
                if (value.Kind != SettingKind.Map)
                {
                    below.Clear();
                }

                if (value.IsPartial || value.Kind == SettingKind.Unknown)
                {
                    below.Add(new HoconReady(member ?? Draft.Unknown(value.Reason ?? "a part of it is not known", value.Origins.AsSpan())));
                }
                else if (member is not null)
                {
                    below.Add(new HoconReady(member));
                }
            }
        }

        Charge(below.Count + 1, below is [HoconWritten written, ..] ? written.Scope.Text.Origin(written.Written.Span) : null);
        return below;
    }

    /// <summary>A later value on an earlier one: objects become one, anything else replaces.</summary>
    private Draft Joined(Draft? low, Draft high) => Joined(low, high, 0);

    private Draft Joined(Draft? low, Draft high, int depth)
    {
        if (low is null)
        {
            return high;
        }

        Charge(low.Members.Count + high.Members.Count + high.Items.Count, depth > TextLimits.MaxDepth ? throw Overflow(high.Origins) : high.Origins.FirstOrDefault());
        if (high.Kind != SettingKind.Map || low.Kind != SettingKind.Map)
        {
            Draft over = high.Over(low);
            over.IsPartial |= high.Kind == SettingKind.Map && low.Kind == SettingKind.Unknown;
            return over;
        }

        Draft both = low.Copy(origins: [.. high.Origins, .. low.Origins]);
        both.IsPartial |= high.IsPartial;
        foreach ((string name, Draft value) in high.Members)
        {
            both.Put(name, Joined(both.Member(name), value, depth + 1));
        }

        return both;
    }

    private static bool Lies(Origin inner, Origin outer) =>
        inner.Source == outer.Source && inner.Line == outer.Line && inner.Column >= outer.Column && inner.Column + inner.Length <= outer.Column + outer.Length;

    private static bool IsNumber(string text) =>
        text.AsSpan().IndexOfAnyExcept(OfNumbers) < 0 && char.IsAsciiDigit(text[^1])
        && double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _);

    private int Enter(HoconLayer layer) => Enter(layer switch
    {
        HoconWritten written => written.Scope.Text.Origin(written.Written.Span),
        HoconFields { Places: [var first, ..] } => first,
        _ => null,
    });

    private int Enter(Origin? at)
    {
        Charge(1, at);
        return ++_depth <= MaxNesting ? _depth : throw Overflow(at is null ? [] : [at]);
    }

    private void Charge(int items, Origin? at)
    {
        _steps += items;
        if (items > TextLimits.MaxExpanded || _steps > MaxSteps || _length > TextLimits.MaxExpandedText)
        {
            throw Overflow(at is null ? [] : [at]);
        }
    }

    private static ProblemException Overflow(ImmutableArray<Origin> at) =>
        new(TextProblems.Limit.Because("substitutions and merged objects make more than is read", at.FirstOrDefault()?.Location));
}
