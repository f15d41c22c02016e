using System.Collections.Immutable;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Shouldly;

namespace Gatehouse.Tests.Membership.Rotations;

/// <summary>
/// A cluster as a rotation meets it: nodes that follow the store late, die with and without having kept what they read, come back
/// with what they kept, ask issuers that lag themselves for leaves, and whose words travel late. Every handshake that ends and
/// every pair of live nodes is judged.
/// </summary>
internal sealed class RotationModel
{
    private readonly Random _random;
    private readonly List<MembershipDocument> _history;
    private readonly List<ModelNode> _nodes = [];
    private readonly List<(string Key, RotationAck Ack)> _onTheWay = [];
    private readonly Dictionary<string, RotationAck> _acks = new(StringComparer.Ordinal);
    private readonly List<Dial> _dials = [];
    private readonly Dictionary<(int, string), Holding> _expected = [];
    private readonly bool _drains;
    private readonly int _usual;
    private int _made;
    private DateTimeOffset _now = RotationFixture.Start;

    public RotationModel(int seed, int nodes, bool drains = true)
    {
        _random = new Random(seed);
        _drains = drains;
        _usual = nodes;
        _history = [RotationFixture.Cluster(nodes)];
        _nodes.AddRange(Newest.Nodes.Values.Select(node => new ModelNode(node, 0, FingerprintOfActive(Newest))));
    }

    /// <summary>Handshakes that ended, all of them well.</summary>
    public int Handshakes { get; private set; }

    /// <summary>Rotations that were carried through.</summary>
    public int Done { get; private set; }

    /// <summary>Rotations taken back from <c>activate</c>.</summary>
    public int TakenBack { get; private set; }

    private MembershipDocument Newest => _history[^1];

    /// <summary>One thing happens, whatever may.</summary>
    public void Step()
    {
        // Clocks of those who commit differ, and go back.
        _now = RotationFixture.Start.AddSeconds(_random.Next(1000));
        switch (_random.Next(40))
        {
            case 0: Crash(Any()); break;
            case < 5: Any().Restart(); break;
            case < 10: Read(Any()); break;
            case < 15: Swap(Any()); break;
            case < 20: Renew(Any(), Issuer()); break;
            case < 26: Acknowledge(Any()); break;
            case < 31: Deliver(); break;
            case < 35: Command(Any(), _random.Next(6) == 0); break;
            case < 36: Begin(Any(), Any()); break;
            case < 37: Answer(); break;
            case < 38: End(); break;
            default: Members(); break;
        }

        Judge();
    }

    /// <summary>With every node up and everything delivered, a rotation ends.</summary>
    public void Settle()
    {
        for (int round = 0; round < 40 && Newest.Rotation is not null; round++)
        {
            foreach (ModelNode node in _nodes)
            {
                node.Restart();
                Read(node);
                Swap(node);
            }

            foreach (ModelNode node in _nodes)
            {
                Renew(node, _nodes.First(static n => n.Node.IsIssuer));
            }

            while (_dials.Count > 0)
            {
                Answer();
                End();
            }

            foreach (ModelNode node in _nodes)
            {
                Acknowledge(node);
            }

            while (_onTheWay.Count > 0)
            {
                Deliver();
            }

            Command(_nodes[0], false);
            Judge();
        }

        Newest.Rotation.ShouldBeNull();
        RotationMaterial.Of(Newest, RotationKinds.Ca).ShouldHaveSingleItem().Phase.ShouldBe(TrustPhase.Active);
        RotationMaterial.Of(Newest, RotationKinds.Secret).ShouldHaveSingleItem().Phase.ShouldBe(TrustPhase.Active);
        RotationMaterial.Of(Newest, RotationKinds.DataKey).Count(static m => m.Phase == TrustPhase.Active).ShouldBe(1);
    }

    private ModelNode Any() => _nodes[_random.Next(_nodes.Count)];

    private ModelNode Issuer() => _nodes.FindAll(static node => node.Node.IsIssuer) is { Count: > 0 } all ? all[_random.Next(all.Count)] : _nodes[0];

    private MembershipDocument HeldBy(ModelNode node) => _history[node.Held];

    private void Crash(ModelNode node)
    {
        node.IsUp = false;
        _dials.RemoveAll(dial => dial.From == node || dial.To == node);
    }

    // Kept on disk first, in force later: as the daemon does.
    private void Read(ModelNode node)
    {
        if (node.IsUp)
        {
            node.Kept = _random.Next(3) == 0 ? _random.Next(node.Kept, _history.Count) : _history.Count - 1;
        }
    }

    private static void Swap(ModelNode node)
    {
        if (node.IsUp && node.Held != node.Kept)
        {
            node.Held = node.Kept;
            node.SwappedAt++;
        }
    }

    // An issuer signs with what is active for it; the node takes what is active for itself.
    private void Renew(ModelNode node, ModelNode issuer)
    {
        if (node.IsUp && issuer.IsUp && issuer.Node.IsIssuer && FingerprintOfActive(HeldBy(issuer)) is { } leaf
            && leaf == FingerprintOfActive(HeldBy(node)) && node.Leaf != leaf)
        {
            node.Leaf = leaf;
            node.SwappedAt++;
        }
    }

    private void Acknowledge(ModelNode node)
    {
        MembershipDocument held = HeldBy(node);
        if (!node.IsUp || held.Rotation is not { } rotation || !HoldingOf(node, rotation.Kind).Equals(Expected(node.Held, rotation.Kind))
            || (_drains && _dials.Exists(dial => dial.Began(node) is { } at && at < node.SwappedAt)))
        {
            return;
        }

        string digest = HoldingOf(node, rotation.Kind).Digest(rotation);
        if (node.Said == digest)
        {
            return;
        }

        node.Said = digest;
        _onTheWay.Add((RotationAck.KeyOf(rotation, node.Node.Name), new RotationAck
        {
            Node = node.Node.Name,
            NodeId = node.Node.Id,
            Digest = digest,
            Generation = node.Held,
            Time = _now,
        }));
    }

    private void Deliver()
    {
        if (_onTheWay.Count > 0)
        {
            int at = _random.Next(_onTheWay.Count);
            _acks[_onTheWay[at].Key] = _onTheWay[at].Ack;
            _onTheWay.RemoveAt(at);
        }
    }

    // By any node, on what it holds: a compare-and-swap, so nothing comes of it where it is behind.
    private void Command(ModelNode node, bool isBack)
    {
        MembershipDocument held = HeldBy(node);
        string kind = held.Rotation?.Kind ?? RotationKinds.All[_random.Next(RotationKinds.All.Length)];
        RotationDecision decision = held.Rotation is null ? RotationMachine.Begin(held, RotationFixture.Begin(kind, ++_made, held, _now))
            : isBack ? RotationMachine.Rollback(held, kind, _now)
            : RotationMachine.Advance(held, kind, [.. _acks.Where(a => a.Key.StartsWith(RotationAck.Prefix(held.Rotation), StringComparison.Ordinal)).Select(static a => a.Value)], _now, []);
        if (!node.IsUp || node.Held != _history.Count - 1 || decision.Next is null)
        {
            return;
        }

        Done += held.Rotation is { Step: RotationSteps.Retire } ? 1 : 0;
        TakenBack += held.Rotation is { Step: RotationSteps.Rollback } ? 1 : 0;
        Commit(node, decision.Next);
    }

    // A dead one is taken out; a new one comes in with what is newest, leaf included.
    private void Members()
    {
        ModelNode by = Any();
        if (!by.IsUp || by.Held != _history.Count - 1 || _random.Next(4) > 0)
        {
            return;
        }

        if (_nodes.Find(node => !node.IsUp && node.Node.Number != 1) is { } dead)
        {
            _nodes.Remove(dead);
            _dials.RemoveAll(dial => dial.From == dead || dial.To == dead);
            Commit(by, Newest with { Nodes = Newest.Nodes.Remove(dead.Node.Name) });
        }
        else if (_nodes.Count <= _usual)
        {
            int number = Enumerable.Range(1, 9).First(n => _nodes.TrueForAll(node => node.Node.Number != n));
            NodeDocument joined = RotationFixture.Node($"n{number}", number, $"{++_made:x16}");
            Commit(by, WithKeysFor(Newest with { Nodes = Newest.Nodes.Add(joined.Name, joined) }, joined));
            _nodes.Add(new ModelNode(joined, _history.Count - 1, FingerprintOfActive(Newest)));
        }
    }

    private static MembershipDocument WithKeysFor(MembershipDocument document, NodeDocument joined) => document with
    {
        DataKeys = [.. document.DataKeys.Select(key => key with { Keys = key.Keys.SetItem(joined.Id, []) })],
        Authorities = joined.IsIssuer ? [.. document.Authorities.Select(a => a with { Keys = a.Keys.SetItem(joined.Id, []) })] : document.Authorities,
    };

    private void Commit(ModelNode by, MembershipDocument next)
    {
        _history.Add(next);
        by.Kept = _history.Count - 1;
        Swap(by);
    }

    private void Begin(ModelNode from, ModelNode to)
    {
        if (from.IsUp && to.IsUp && from != to && _dials.Count < 4)
        {
            _dials.Add(new Dial(from, to, from.SwappedAt, Holdings(from)));
        }
    }

    private Dial? Any(Predicate<Dial> which)
    {
        List<Dial> found = _dials.FindAll(which);
        return found.Count == 0 ? null : found[_random.Next(found.Count)];
    }

    private void Answer()
    {
        if (Any(static dial => dial.Answer is null) is { } dial)
        {
            dial.Answer = Holdings(dial.To);
            dial.AnsweredAt = dial.To.SwappedAt;
        }
    }

    private void End()
    {
        if (Any(static dial => dial.Answer is not null) is { } dial)
        {
            _dials.Remove(dial);
            Handshakes++;
            for (int i = 0; i < dial.Asked.Length; i++)
            {
                Holds(dial.Asked[i].Understands(dial.Answer!.Value[i]), dial.From, dial.To, "failed a handshake that was under way");
            }
        }
    }

    private void Judge()
    {
        MembershipDocument newest = Newest;
        string sealing = newest.DataKeys.Single(static k => k.Phase == TrustPhase.Active).Id;
        foreach (ModelNode one in _nodes)
        {
            // Down or up: what it kept must open what is newest.
            Holds(_history[one.Kept].DataKeys.Any(k => k.Id == sealing), one, one, "cannot open the newest document");
            foreach (ModelNode other in _nodes.Where(other => other.IsUp && one.IsUp && other != one))
            {
                ImmutableArray<Holding> mine = Holdings(one);
                ImmutableArray<Holding> theirs = Holdings(other);
                for (int i = 0; i < mine.Length; i++)
                {
                    Holds(mine[i].Understands(theirs[i]), one, other, "refuse each other");
                }
            }
        }
    }

    // Not by an assertion with a text or an expression: this is asked millions of times.
    private static void Holds(bool isTrue, ModelNode one, ModelNode other, string what)
    {
        if (!isTrue)
        {
            throw new RotationModelException($"{one} and {other}: {what}");
        }
    }

    private static string FingerprintOfActive(MembershipDocument document) => RotationMaterial.FingerprintOf(document.ActiveAuthority!); // every cluster here has one

    private ImmutableArray<Holding> Holdings(ModelNode node) => [HoldingOf(node, RotationKinds.Ca), HoldingOf(node, RotationKinds.Secret)];

    private Holding HoldingOf(ModelNode node, string kind)
    {
        Holding held = Expected(node.Held, kind);
        return kind != RotationKinds.Ca || held.Used.Contains(node.Leaf) ? held : new Holding(held.Accepted, [node.Leaf]);
    }

    private Holding Expected(int generation, string kind)
    {
        if (!_expected.TryGetValue((generation, kind), out Holding? holding))
        {
            _expected[(generation, kind)] = holding = RotationMaterial.Expected(_history[generation], kind);
        }

        return holding;
    }

    private sealed class ModelNode(NodeDocument node, int held, string leaf)
    {
        public NodeDocument Node { get; } = node;

        public bool IsUp { get; set; } = true;

        public int Held { get; set; } = held;

        public int Kept { get; set; } = held;

        public string Leaf { get; set; } = leaf;

        /// <summary>Counts changes of what a handshake would use.</summary>
        public int SwappedAt { get; set; }

        /// <summary>What it gave its word of last; forgotten when it dies.</summary>
        public string? Said { get; set; }

        public void Restart()
        {
            if (!IsUp)
            {
                Said = null;
                IsUp = true;
                Held = Kept;
                SwappedAt++;
            }
        }

        public override string ToString() => $"{Node.Name} at {Held}";
    }

    private sealed class Dial(ModelNode from, ModelNode to, int askedAt, ImmutableArray<Holding> asked)
    {
        public ModelNode From { get; } = from;

        public ModelNode To { get; } = to;

        public ImmutableArray<Holding> Asked { get; } = asked;

        public ImmutableArray<Holding>? Answer { get; set; }

        public int AnsweredAt { get; set; }

        /// <summary>What a node's part in it began with; null where it has none.</summary>
        public int? Began(ModelNode node) => node == From ? askedAt : node == To && Answer is not null ? AnsweredAt : null;
    }
}

/// <summary>What must never be, was.</summary>
internal sealed class RotationModelException(string message) : Exception(message);
