using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Problems;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>How one of Cluster's APIs words what happens to pins; the rules are the same in all.</summary>
internal abstract class PinApi
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>The pinning service's.</summary>
    public static PinApi Pinning { get; } = new PinningApi();

    /// <summary>The API of a system.</summary>
    public static PinApi Of(string system, string cluster, PinMarks marks) => system switch
    {
        IpfsCatalogues.PinningSystem => Pinning,
        IpfsCatalogues.ProxySystem => new ProxyApi(),
        _ => new RestApi(cluster, marks),
    };

    /// <summary>Metadata that a request gives the pin and that is kept for its owner.</summary>
    public virtual IReadOnlyDictionary<string, string> MetaOf(HttpExchange exchange) => Nothing;

    /// <summary>Puts the mark of the owner into a request that pins; false: it gets too long.</summary>
    public abstract bool TryMark(HttpExchange exchange, IpfsCourse course, string mark);

    /// <summary>Answers with a pin that the caller became an owner of without a word to the cluster.</summary>
    public abstract ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream);

    /// <summary>Answers that the caller is no owner any more, of a pin that stays.</summary>
    public abstract ForwardOutcome Left(HttpExchange exchange, Cid pin, PinOwnership was, ReadOnlyMemory<byte> upstream);

    /// <summary>What changes the answer about pins for those who own them, or null.</summary>
    /// <param name="mine">The caller's ownership of a pin, or null.</param>
    public virtual ResponseFilter? Shown(Func<Cid, PinOwnership?> mine) => null;

    /// <summary>The same of a list of all pins.</summary>
    public virtual ResponseFilter? ShownInAll(Func<Cid, PinOwnership?> mine) => null;

    /// <summary>What leaves only one's own pins in a list; null where this API's lists cannot be narrowed so.</summary>
    /// <param name="mine">The caller's ownership of a pin, or null.</param>
    public abstract ResponseFilter? Narrowed(Func<Cid, PinOwnership?> mine);

    /// <summary>JSON in memory.</summary>
    protected static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> body = new(256);
        using (var json = new Utf8JsonWriter(body))
        {
            write(json);
        }

        return body.WrittenMemory;
    }

    /// <summary>IPFS Cluster's REST API.</summary>
    private sealed class RestApi(string cluster, PinMarks marks) : PinApi
    {
        public override bool TryMark(HttpExchange exchange, IpfsCourse course, string mark)
        {
            string text = exchange.Target.ToString();
            char joint = text.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var target = new CanonicalTarget();
            course.Target = target;
            return target.Parse($"{text}{joint}meta-{PinMarks.MetaKey}={mark}") == TargetError.None;
        }

        public override ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream) =>
            Answer(exchange, mine, upstream);

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, PinOwnership was, ReadOnlyMemory<byte> upstream) =>
            Answer(exchange, was, upstream);

        public override ResponseFilter Shown(Func<Cid, PinOwnership?> mine) => Lines(mine, isAll: true);

        public override ResponseFilter Narrowed(Func<Cid, PinOwnership?> mine) => Lines(mine, isAll: false);

        private OwnLines Lines(Func<Cid, PinOwnership?> mine, bool isAll) => new((text, line, output) =>
        {
            PinOwnership? one = Cid.TryParse(text, out Cid? pin) ? mine(pin) : null;
            if (one is null && isAll)
            {
                output.Write(line.Span);
            }
            else if (one is not null && !PinLine.TryWrite(line, one, mark => IsMaker(one, mark), output))
            {
                return false;
            }

            if (one is not null || isAll)
            {
                output.Write("\n"u8);
            }

            return true;
        });

        private ForwardOutcome Answer(HttpExchange exchange, PinOwnership one, ReadOnlyMemory<byte> upstream)
        {
            ArrayBufferWriter<byte> shown = new(upstream.Length + 64);
            return PinLine.TryWrite(upstream, one, mark => IsMaker(one, mark), shown)
                ? IpfsAnswers.Send(exchange, 200, shown.WrittenSpan)
                : IpfsAnswers.Refuse(exchange, 502, IpfsProblems.PinUnknown, "pin_unknown");
        }

        private bool IsMaker(PinOwnership one, string mark) => marks.TryRead(cluster, one.Cid, mark, out PinOwner? maker, out _) && maker == one.Owner;
    }

    /// <summary>The pinning service: metadata in the body, an id for each owner's request.</summary>
    private sealed class PinningApi : PinApi
    {
        public override IReadOnlyDictionary<string, string> MetaOf(HttpExchange exchange) => PinningBody.MetaOf(exchange.Body.Buffered);

        public override bool TryMark(HttpExchange exchange, IpfsCourse course, string mark)
        {
            ReadOnlyMemory<byte> body = PinningBody.WithMark(exchange.Body.Buffered, mark);
            exchange.UseBody(new RequestBody(null, body, body.Length, body.Length));
            return true;
        }

        public override ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream)
        {
            using JsonDocument status = JsonDocument.Parse(upstream); // it was looked at
            return IpfsAnswers.Send(exchange, 200, Write(json => PinStatus.Write(status.RootElement, mine, json)).Span);
        }

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, PinOwnership was, ReadOnlyMemory<byte> upstream) => IpfsAnswers.Send(exchange, 202, []);

        public override ResponseFilter ShownInAll(Func<Cid, PinOwnership?> mine) => Shown(mine);

        public override ResponseFilter Shown(Func<Cid, PinOwnership?> mine) => new WholeJson((status, json) =>
        {
            if (status.ValueKind == JsonValueKind.Object && status.TryGetProperty("results", out JsonElement results))
            {
                json.WriteStartObject();
                json.WriteNumber("count", results.GetArrayLength());
                json.WriteStartArray("results");
                foreach (JsonElement one in results.EnumerateArray())
                {
                    PinStatus.Write(one, PinStatus.PinOf(one) is { } pin ? mine(pin) : null, json);
                }

                json.WriteEndArray();
                json.WriteEndObject();
                return true;
            }

            if (PinStatus.PinOf(status) is not { } only)
            {
                return false;
            }

            PinStatus.Write(status, mine(only), json);
            return true;
        });

        // Lists of one's own come from the ledger: upstream's pages are pages of all pins.
        public override ResponseFilter? Narrowed(Func<Cid, PinOwnership?> mine) => null;
    }

    /// <summary>The proxy: answers as Kubo's.</summary>
    private sealed class ProxyApi : PinApi
    {
        // Its commands take no metadata.
        public override bool TryMark(HttpExchange exchange, IpfsCourse course, string mark) => true;

        public override ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream) => Pins(exchange, pin);

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, PinOwnership was, ReadOnlyMemory<byte> upstream) => Pins(exchange, pin);

        public override ResponseFilter Narrowed(Func<Cid, PinOwnership?> mine) => new OwnKeys(pin => mine(pin) is not null);

        private static ForwardOutcome Pins(HttpExchange exchange, Cid pin) => IpfsAnswers.Send(exchange, 200, Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("Pins");
            json.WriteStringValue(pin.Exact);
            json.WriteEndArray();
            json.WriteEndObject();
        }).Span);
    }
}
