using System.Collections.Immutable;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>This node as one of its cluster: it follows the state, shows that it lives, keeps its certificates, and lets others in.</summary>
internal sealed class NodeMembers : IAsyncDisposable
{
    private const string LeftFile = "left";
    private static readonly TimeSpan DescribeEvery = TimeSpan.FromSeconds(10);

    private readonly NodeTrust _trust;
    private readonly NodeParts _parts;
    private readonly StateFollower? _follower;
    private readonly Heartbeats _heartbeats;
    private readonly CertificateRenewal _renewal;
    private readonly CertificateIssuer _issuer;
    private readonly NodeMembership _membership;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private Task _describing = Task.CompletedTask;
    private volatile NodeConfiguration _written;

    private NodeMembers(
        NodeOptions options,
        NodeConfiguration written,
        NodeTrust trust,
        NodeParts parts,
        NodeState state,
        Func<string, CancellationToken, ValueTask<Problem?>> rotateDataKey,
        ILoggerFactory loggers)
    {
        _trust = trust;
        _parts = parts;
        _written = written;
        TimeProvider time = options.Time;
        _time = time;
        _heartbeats = new Heartbeats(state.Store, trust, parts.Snapshots, Node.Version, time);
        _renewal = new CertificateRenewal(state.Store, parts.Changes, trust, () => _written.Tls.Names, time, loggers.CreateLogger<CertificateRenewal>());
        _issuer = new CertificateIssuer(state.Store, parts.Changes, trust, parts.Trail, time, loggers.CreateLogger<CertificateIssuer>());
        IsShared = written.Store.IsEtcd;
        if (IsShared)
        {
            StoreContact contact = ContactOf(options, trust, state);
            var follow = new FollowerOptions
            {
                MaxStale = written.Store.MaxStale,
                NodeId = trust.NodeId,
                Learn = async stop => await StoredKeys.LearnAsync(state.Store, trust, stop),
            };
            _follower = new StateFollower(state.Store, parts.Changes, contact, follow, parts.Trail, time, loggers.CreateLogger<StateFollower>());

            // Before the first gate opens.
            _follower.Judge();
        }

        _membership = new NodeMembership
        {
            Enrolment = new Enrolment(new EnrolmentServices
            {
                Snapshots = parts.Snapshots,
                Changes = parts.Changes,
                Trust = trust,
                Store = () => StoreHandover.Of(_written.Store, Path.GetDirectoryName(options.ConfigurationFile) ?? "/"),
                ServiceNames = () => [.. _written.Mesh.Services.Select(static service => service.Name)],
                Time = time,
            }),
            Limits = new EnrolmentLimits(time),
            Heartbeats = _heartbeats,
            Trust = trust,
            IsShared = () => IsShared,
            AdminAddresses = () => OwnAddresses.Admin(_written),
            RotateDataKey = rotateDataKey,
            Left = () =>
            {
                SecretFile.Write(Path.Combine(options.DataDirectory, LeftFile), "this node has left its cluster\n"u8);
                options.Left?.Invoke();
            },
        };
    }

    private static StoreContact ContactOf(NodeOptions options, NodeTrust trust, NodeState state)
    {
        DateTimeOffset now = options.Time.GetUtcNow();
        var contact = new StoreContact(options.DataDirectory, trust.NodeSealer, DateTimeOffset.MinValue, now);
        if (state.Problem is null)
        {
            // This start has read it.
            contact.Note(now);
        }

        return contact;
    }

    /// <summary>Whether other nodes can read the store.</summary>
    public bool IsShared { get; }

    /// <summary>What a person should know.</summary>
    public IEnumerable<Problem> Problems
    {
        get
        {
            foreach (Problem problem in _follower?.State.Problems() ?? [])
            {
                yield return problem;
            }

            if (_renewal.Problem is { } due)
            {
                yield return due;
            }

            ImmutableArray<Gatehouse.Membership.NodeDocument> nodes = [.. _parts.Snapshots.Current.Document.Membership.Nodes.Values];
            if (nodes.Length > 1 && nodes.Count(static node => node.IsIssuer) < 2)
            {
                yield return EnrolmentProblems.FewIssuers.Because("only one node holds the CA's keys", hint: "let another join as issuer: gatehouse token create --node NAME --role issuer");
            }
        }
    }

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    public static NodeMembers Make(
        NodeOptions options,
        NodeConfiguration written,
        NodeTrust trust,
        NodeParts parts,
        NodeState state,
        Func<string, CancellationToken, ValueTask<Problem?>> rotateDataKey,
        ILoggerFactory loggers) =>
        new(options, written, trust, parts, state, rotateDataKey, loggers);

    /// <summary>A node that left does not begin a cluster of its own by being started again.</summary>
    /// <exception cref="ProblemException">GH3215.</exception>
    public static void EnsureNotLeft(string dataDirectory)
    {
        if (File.Exists(Path.Combine(dataDirectory, LeftFile)))
        {
            throw EnrolmentProblems.NotAMember.Exception("this node has left its cluster", $"move `{dataDirectory}` away; a new node joins with gatehouse join TOKEN");
        }
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _follower?.Start();
        _renewal.Start();
        if (IsShared)
        {
            // Nobody else could ask or read otherwise, and a generation would be made of it.
            _issuer.Start();
            _heartbeats.Start();
            _describing = Task.Run(DescribeAsync, CancellationToken.None);
        }
    }

    /// <summary>Puts a configuration in force.</summary>
    public void Apply(NodeConfiguration next) => _written = next;

    /// <summary>The admin API with what it asks of the members.</summary>
    public AdminServices Serve(AdminServices services) => services with { Membership = _membership };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _describing;
        await _renewal.DisposeAsync();
        await _issuer.DisposeAsync();
        await _heartbeats.DisposeAsync();
        if (_follower is not null)
        {
            await _follower.DisposeAsync();
        }

        _stop.Dispose();
    }

    // Others are told where this node is reached, as soon as the store can be written.
    private async Task DescribeAsync()
    {
        using var timer = new PeriodicTimer(DescribeEvery, _time);
        try
        {
            do
            {
                ImmutableArray<string> mesh = OwnAddresses.Mesh(_written);
                string? admin = OwnAddresses.Admin(_written).FirstOrDefault();
                if (NodeChanges.Describe(_parts.Snapshots.Current.Document, _trust.NodeName, mesh, admin).Next is not null)
                {
                    await _parts.Changes.ChangeAsync(
                        "node/" + _trust.NodeName, $"addresses of node {_trust.NodeName}", document => NodeChanges.Describe(document, _trust.NodeName, mesh, admin), _stop.Token);
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }
}
