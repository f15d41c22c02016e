using System.Text;
using System.Text.Unicode;
using Gatehouse.Operations;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>Puts the operations of one request together.</summary>
internal readonly ref struct Classifier
{
    private readonly EndpointDefinition _endpoint;
    private readonly CanonicalTarget _target;
    private readonly ReadOnlySpan<byte> _body;
    private readonly string _gate;
    private readonly ClassifyScratch _scratch;
    private readonly OperationSet _into;

    public Classifier(
        EndpointDefinition endpoint, CanonicalTarget target, ReadOnlySpan<byte> body, string gate, ClassifyScratch scratch,
        OperationSet into)
    {
        _endpoint = endpoint;
        _target = target;
        _body = body;
        _gate = gate;
        _scratch = scratch;
        _into = into;
    }

    public ClassifyError Run(int method)
    {
        if (method < 0)
        {
            return ClassifyError.NoOperation;
        }

        foreach (EndpointOperation operation in _endpoint.Operations)
        {
            if (operation.WhenSlot >= 0 && Count(operation.WhenSlot) == 0)
            {
                continue;
            }

            _into.Begin(operation.Action ?? operation.ByMethod[method]);
            ClassifyError error = AddResources(operation);
            if (error != ClassifyError.None)
            {
                return error;
            }
        }

        return _into.Count == 0 ? ClassifyError.NoOperation : ClassifyError.None;
    }

    private ClassifyError AddResources(EndpointOperation operation)
    {
        if (operation.Resources.Length == 0)
        {
            return ClassifyError.None;
        }

        int before = _into.ResourceCount;
        bool complete = true;
        foreach (ResourceRule rule in operation.Resources)
        {
            ClassifyError error = rule.Pointer is null ? AddNamed(rule) : AddFromBody(rule);
            if (error == ClassifyError.MissingResource && rule.IsOptional)
            {
                complete = false;
                error = ClassifyError.None;
            }

            if (error != ClassifyError.None)
            {
                return error;
            }
        }

        // An operation without resources would match every grant of its action. What may be left out and was left out means
        // everything instead; what must be there and is not (an empty list) is refused.
        if (!complete && !operation.HasRequired)
        {
            _into.AddPrefix(default);
        }

        return _into.ResourceCount == before ? ClassifyError.MissingResource : ClassifyError.None;
    }

    private ClassifyError AddNamed(ResourceRule rule)
    {
        if (rule.WholeParameter is { } parameter)
        {
            return AddParameter(rule, parameter);
        }

        _scratch.Clear();
        foreach (NamePart part in rule.Parts)
        {
            switch (part.Kind)
            {
                case NamePartKind.Literal:
                    _scratch.Append(part.Text);
                    break;
                case NamePartKind.Gate:
                    _scratch.Append(_gate);
                    break;
                case NamePartKind.Segment:
                    _scratch.Append(_target.Segment(part.Segment));
                    break;
                case NamePartKind.Rest:
                    AppendRest(part.Segment);
                    break;
                default:
                    if (!_target.TryGetParameter(part.Text, out ReadOnlySpan<byte> value) || value.Length == 0)
                    {
                        return ClassifyError.MissingResource;
                    }

                    _scratch.Append(value);
                    break;
            }
        }

        return Add(rule, _scratch.Bytes);
    }

    private void AppendRest(int first)
    {
        for (int i = first; i < _target.SegmentCount; i++)
        {
            if (i > first)
            {
                _scratch.Append("/"u8);
            }

            _scratch.Append(_target.Segment(i));
        }
    }

    private ClassifyError AddParameter(ResourceRule rule, byte[] name)
    {
        bool found = false;
        for (int i = 0; i < _target.ParameterCount; i++)
        {
            // Where any name may come any number of times, a service that ignores case would also take `Name` for `name`.
            ReadOnlySpan<byte> given = _target.ParameterName(i);
            if (!given.SequenceEqual(name) && !Ascii.EqualsIgnoreCase(given, name))
            {
                continue;
            }

            found = true;
            ReadOnlySpan<byte> value = _target.ParameterValue(i);
            ClassifyError error = value.Length == 0 ? ClassifyError.MissingResource : Add(rule, value);
            if (error != ClassifyError.None)
            {
                return error;
            }
        }

        return found ? ClassifyError.None : ClassifyError.MissingResource;
    }

    private ClassifyError AddFromBody(ResourceRule rule)
    {
        ReadOnlySpan<StrictJson.Capture> captures = _scratch.Json.Captures;
        int names = 0;
        int end = 0;
        for (int i = 0; i < captures.Length; i++)
        {
            if (captures[i].Slot != rule.Slot)
            {
                continue;
            }

            names++;
            ClassifyError error = rule.RangeEnd is null
                ? AddValue(rule, captures[i])
                : AddRange(captures[i], EndOf(captures, rule.EndSlot, captures[i].Container, ref end));
            if (error != ClassifyError.None)
            {
                return error;
            }
        }

        // Each element that the service would act on must have named its resource.
        int expected = rule.AnchorSlot < 0 ? 1 : Count(rule.AnchorSlot);
        return names == expected ? ClassifyError.None : ClassifyError.MissingResource;
    }

    // Objects at one place of the shape never lie within each other, so their numbers rise along the text: one pass is enough.
    private static StrictJson.Capture? EndOf(
        ReadOnlySpan<StrictJson.Capture> captures, int slot, int container, ref int at)
    {
        while (at < captures.Length && (captures[at].Slot != slot || captures[at].Container < container))
        {
            at++;
        }

        return at < captures.Length && captures[at].Container == container ? captures[at] : null;
    }

    private ClassifyError AddValue(ResourceRule rule, StrictJson.Capture capture)
    {
        _scratch.Clear();
        ClassifyError error = AppendValue(capture);
        if (error != ClassifyError.None)
        {
            return error;
        }

        return _scratch.Length == 0 ? ClassifyError.MissingResource : Add(rule, _scratch.Bytes);
    }

    private ClassifyError AddRange(StrictJson.Capture key, StrictJson.Capture? end)
    {
        _scratch.Clear();
        ClassifyError error = AppendValue(key);
        int keyLength = _scratch.Length;
        if (error == ClassifyError.None && end is { } last)
        {
            error = AppendValue(last);
        }

        if (error != ClassifyError.None)
        {
            return error;
        }

        ReadOnlySpan<byte> from = _scratch.Bytes[..keyLength];
        ReadOnlySpan<byte> to = _scratch.Bytes[keyLength..];
        if (from.Length == 0)
        {
            return ClassifyError.MissingResource;
        }

        if (to.Length == 0)
        {
            return AddChecked(from, isPrefix: false);
        }

        if (from.SequenceEqual("\0"u8) && to.SequenceEqual("\0"u8))
        {
            return AddChecked(default, isPrefix: true);
        }

        return IsSuccessor(from, to) ? AddChecked(from, isPrefix: true) : ClassifyError.UnsupportedRange;
    }

    // The smallest key behind all that begin with a prefix: its last byte below 0xff plus one, what follows it dropped.
    private static bool IsSuccessor(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> end)
    {
        ReadOnlySpan<byte> stem = prefix.TrimEnd((byte)0xff);
        return stem.Length > 0 && end.Length == stem.Length && end[^1] == stem[^1] + 1 && end[..^1].SequenceEqual(stem[..^1]);
    }

    private ClassifyError AppendValue(StrictJson.Capture capture)
    {
        ReadOnlySpan<byte> text = _body.Slice(capture.Offset, capture.Length);
        if (!_endpoint.IsBase64)
        {
            _scratch.Advance(Unescape(text, capture.Escaped, _scratch.Room(text.Length)));
            return ClassifyError.None;
        }

        // Decoded in place behind the unescaped text, then moved over it.
        Span<byte> room = _scratch.Room(text.Length * 2);
        Span<byte> decoded = room[text.Length..];
        int length = Unescape(text, capture.Escaped, room);
        if (!CanonicalBase64.TryDecode(room[..length], decoded, out int written))
        {
            return ClassifyError.BadBase64;
        }

        decoded[..written].CopyTo(room);
        _scratch.Advance(written);
        return ClassifyError.None;
    }

    private static int Unescape(ReadOnlySpan<byte> text, bool escaped, Span<byte> into)
    {
        if (escaped)
        {
            return JsonText.Unescape(text, into);
        }

        text.CopyTo(into);
        return text.Length;
    }

    private ClassifyError Add(ResourceRule rule, ReadOnlySpan<byte> name) => AddChecked(name, rule.IsPrefix);

    // Names go into roles, records and screens: text without control characters only.
    private ClassifyError AddChecked(ReadOnlySpan<byte> name, bool isPrefix)
    {
        if (name.ContainsAnyInRange((byte)0, (byte)0x1f) || name.Contains((byte)0x7f) || !Utf8.IsValid(name) ||
            PercentCoding.HasWideControl(name))
        {
            return ClassifyError.BadResource;
        }

        if (_into.ResourceCount >= CatalogueEndpoint.MaxResources)
        {
            return ClassifyError.TooManyResources;
        }

        if (isPrefix)
        {
            _into.AddPrefix(name);
        }
        else
        {
            _into.AddResource(name);
        }

        return ClassifyError.None;
    }

    private int Count(int slot)
    {
        int count = 0;
        foreach (ref readonly StrictJson.Capture capture in _scratch.Json.Captures)
        {
            count += capture.Slot == slot ? 1 : 0;
        }

        return count;
    }
}
