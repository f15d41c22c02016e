using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
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
    public static PinApi Of(string system) => system switch
    {
        IpfsCatalogues.PinningSystem => Pinning,
        IpfsCatalogues.ProxySystem => new ProxyApi(),
        _ => new RestApi(),
    };

    /// <summary>Metadata that a request gives the pin and that is kept for its owner.</summary>
    public virtual IReadOnlyDictionary<string, string> MetaOf(HttpExchange exchange) => Nothing;

    /// <summary>Puts the mark of the owner into a request that pins; false: it gets too long.</summary>
    public abstract bool TryMark(HttpExchange exchange, IpfsCourse course, string mark);

    /// <summary>Answers with a pin that the caller became an owner of without a word to the cluster.</summary>
    public abstract ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream);

    /// <summary>Answers that the caller is no owner any more, of a pin that stays.</summary>
    public abstract ForwardOutcome Left(HttpExchange exchange, Cid pin, ReadOnlyMemory<byte> upstream);

    /// <summary>What changes the answer about pins for those who own them, or null.</summary>
    /// <param name="mine">The caller's ownership of a pin, or null.</param>
    public virtual ResponseFilter? Shown(Func<Cid, PinOwnership?> mine) => null;

    /// <summary>What leaves only one's own pins in a list; null where this API's lists cannot be narrowed so.</summary>
    public abstract ResponseFilter? Narrowed(Func<Cid, bool> isOwn);

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
    private sealed class RestApi : PinApi
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
            IpfsAnswers.Send(exchange, 200, upstream.Span);

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, ReadOnlyMemory<byte> upstream) =>
            IpfsAnswers.Send(exchange, 200, upstream.Span);

        public override ResponseFilter Narrowed(Func<Cid, bool> isOwn) => new OwnLines(text => Cid.TryParse(text, out Cid? cid) && isOwn(cid));
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

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, ReadOnlyMemory<byte> upstream) => IpfsAnswers.Send(exchange, 202, []);

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
        public override ResponseFilter? Narrowed(Func<Cid, bool> isOwn) => null;
    }

    /// <summary>The proxy: answers as Kubo's.</summary>
    private sealed class ProxyApi : PinApi
    {
        // Its commands take no metadata.
        public override bool TryMark(HttpExchange exchange, IpfsCourse course, string mark) => true;

        public override ForwardOutcome Joined(HttpExchange exchange, Cid pin, PinOwnership mine, ReadOnlyMemory<byte> upstream) => Pins(exchange, pin);

        public override ForwardOutcome Left(HttpExchange exchange, Cid pin, ReadOnlyMemory<byte> upstream) => Pins(exchange, pin);

        public override ResponseFilter Narrowed(Func<Cid, bool> isOwn) => new OwnKeys(isOwn);

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
