using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Enrolment;
using Gatehouse.Trust.Nodes;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>
/// <c>gatehouse join</c>: everything is made beside the data folder, proven, and renamed at the end. What fails before the cluster
/// took the node in leaves nothing behind; what dies at any moment is taken up again with the same token.
/// </summary>
internal sealed class JoinRun
{
    private readonly JoinToken _token;
    private readonly JoinOptions _options;
    private readonly JoinConfiguration _configuration;

    private JoinRun(JoinToken token, JoinOptions options)
    {
        _token = token;
        _options = options;
        _configuration = new JoinConfiguration(options.ConfigurationFile, options.DataDirectory);
    }

    /// <summary>Joins.</summary>
    /// <exception cref="ProblemException">It did not join; the text says whether anything is left.</exception>
    public static async Task<JoinReport> RunAsync(JoinToken token, JoinOptions options, CancellationToken cancellation)
    {
        var run = new JoinRun(token, options);
        run.EnsureFree();
        run._configuration.Look(token.Node);
        using JoinStage joining = run.Begin();
        try
        {
            return await run.RunAsync(joining, cancellation);
        }
        catch (Exception fault) when (!joining.IsAsked && fault is ProblemException or OperationCanceledException or HttpRequestException or IOException or UnauthorizedAccessException)
        {
            joining.Discard();
            if (fault is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw EnrolmentProblems.ClusterUnreachable.Exception(
                    $"the connection ended before node `{token.Node}` had all that it needs; nothing is left of it", "run the same command again", fault);
            }

            throw;
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            throw EnrolmentProblems.ClusterUnreachable.Exception(
                $"the connection ended before the cluster said whether it took node `{token.Node}` in", "run the same command again: it finishes what was begun", fault);
        }
    }

    private async Task<JoinReport> RunAsync(JoinStage joining, CancellationToken cancellation)
    {
        Step("begun");

        // The cluster was asked, and nobody heard the answer: the store knows it.
        if (await FindAsync(joining, cancellation) is { } found)
        {
            return await FinishAsync(joining, found, [], cancellation);
        }

        try
        {
            return await AskAsync(joining, cancellation);
        }
        catch (ProblemException fault) when (joining.IsAsked)
        {
            // What was asked may have been done all the same, or only now.
            if (await FindAsync(joining, cancellation) is { } late)
            {
                return await FinishAsync(joining, late, [], cancellation);
            }

            if (IsWithoutToken(fault.Problem.Definition))
            {
                joining.NotTaken();
            }

            throw;
        }
    }

    private async Task<JoinReport> AskAsync(JoinStage joining, CancellationToken cancellation)
    {
        if (_token.Expires <= _options.Time.GetUtcNow())
        {
            throw EnrolmentProblems.TokenExpired.Exception(
                $"the token expired at {_token.Expires.ToUniversalTime():u}, it is {_options.Time.GetUtcNow().ToUniversalTime():u} here", $"gatehouse token create --node {_token.Node} on a member makes another");
        }

        using JoinClient client = await JoinClient.ConnectAsync(_token, cancellation);
        Step("connected");
        try
        {
            return await JoinAsync(client, joining, cancellation);
        }
        catch (Exception fault) when (!joining.IsAsked && fault is ProblemException or OperationCanceledException or HttpRequestException or IOException)
        {
            await AbortAsync(client, joining);
            throw;
        }
    }

    private async Task<JoinReport> JoinAsync(JoinClient client, JoinStage joining, CancellationToken cancellation)
    {
        EnrolmentBegun begun = await client.CallAsync(
            "/v1/enrolment/begin", BeginCall(joining), MembershipJson.Default.EnrolmentBegin, MembershipJson.Lenient.EnrolmentBegun, cancellation);
        Step("reserved");
        if (joining.IsAsked)
        {
            // The token is there still, so the node is not.
            joining.NotTaken();
        }

        joining.Accept(new JoinTold
        {
            ClusterId = begun.ClusterId,
            DataKeys = [.. begun.DataKeys],
            Store = begun.Store,
            MeshChain = [.. begun.MeshChain],
            ServerChain = [.. begun.ServerChain],
        });
        using Sealer sealer = joining.Open();
        Step("accepted");
        Generation seen = await ReadAsync(joining, sealer, cancellation);
        EnsureCluster(seen, begun);
        joining.Check(seen.Document.Membership);
        ImmutableArray<string> warnings = await PeerDial.RunAsync(seen.Document.Membership, cancellation);
        Step("proven");
        joining.Asking();
        Step("asking");
        try
        {
            await client.CallAsync(
                "/v1/enrolment/complete", CompleteCall(joining, seen.Number), MembershipJson.Default.EnrolmentComplete, MembershipJson.Lenient.EnrolmentCompleted, cancellation);
        }
        catch (ProblemException fault) when (IsRefusal(fault.Problem.Definition))
        {
            // The cluster has looked at it and has not taken it in.
            joining.NotTaken();
            throw;
        }

        Step("completed");
        Generation joined = await ReadAsync(joining, sealer, cancellation);
        return IsMember(joined, joining)
            ? await FinishAsync(joining, joined, warnings, cancellation)
            : throw EnrolmentProblems.StoreUnproven.Exception("the cluster took the node in, and the store does not show it yet", "run the same command again");
    }

    private async Task<JoinReport> FinishAsync(JoinStage joining, Generation joined, ImmutableArray<string> warnings, CancellationToken cancellation)
    {
        StoreConfiguration store = StoreOf(joining);
        NodeConfiguration firstStart = _configuration.Written ?? await _options.FirstStart(cancellation);
        joining.Complete(joined.Document.Membership);
        Step("prepared");
        string text = _configuration.Text(_token.Node, store, firstStart);
        _configuration.Write(text);
        Step("configured");
        joining.Finish();
        Step("renamed");
        NodeDocument node = joined.Document.Membership.Nodes[_token.Node];
        return new JoinReport
        {
            Node = node.Name,
            ClusterId = ClusterOf(joining),
            PeerAddress = node.PeerAddress,
            Number = node.Number,
            Members = [.. joined.Document.Membership.Nodes.Keys],
            Warnings = [.. warnings, .. _configuration.Problems(text).Select(static p => p.ToString())],
        };
    }

    private void EnsureFree()
    {
        if (Directory.Exists(_options.DataDirectory) && Directory.EnumerateFileSystemEntries(_options.DataDirectory).Any())
        {
            throw EnrolmentProblems.DataFolderInUse.Exception(
                OfflineNode.IsNode(_options.DataDirectory) ? $"there is a node in `{_options.DataDirectory}` already" : $"`{_options.DataDirectory}` is not empty",
                "start it with gatehouse up if it has joined already; else move the folder away");
        }
    }

    private JoinStage Begin()
    {
        if (JoinStage.Resume(_options.DataDirectory) is { } before)
        {
            if (before.TokenId == _token.Id)
            {
                return before;
            }

            using (before)
            {
                if (before.IsAsked)
                {
                    throw EnrolmentProblems.JoinUnfinished.Exception(
                        $"an unfinished join of node `{before.NodeName}` with token {before.TokenId} lies in `{before.Folder}`", "run gatehouse join with that token again, or see the page of this problem");
                }

                before.Discard();
            }
        }

        return JoinStage.Start(_options.DataDirectory, _options.KeyPath, _token.Id, _token.Node);
    }

    private EnrolmentBegin BeginCall(JoinStage joining)
    {
        byte[] mesh = joining.Request(LeafKind.Mesh);
        byte[] server = joining.Request(LeafKind.Server);
        string[] names = [.. HostNames()];
        return new EnrolmentBegin
        {
            Token = _token.Id,
            Key = _token.Key.ToArray(),
            Node = _token.Node,
            SigningKey = joining.SigningKey,
            WrapKey = joining.WrapKey,
            MeshRequest = mesh,
            ServerRequest = server,
            ServerNames = names,
            Signature = joining.Sign(EnrolmentSignature.Bytes(
                "enrolment/begin", Text(_token.Id), Text(_token.Node), joining.WrapKey, mesh, server, EnrolmentSignature.Texts(names))),
        };
    }

    private EnrolmentComplete CompleteCall(JoinStage joining, long generation)
    {
        JoinTold told = joining.Told ?? throw new InvalidOperationException("nothing was handed over yet");
        NodeConfiguration written = _configuration.Written ?? new NodeConfiguration();
        ImmutableArray<string> addresses = OwnAddresses.Mesh(written);
        string? admin = OwnAddresses.Admin(written).FirstOrDefault();
        return new EnrolmentComplete
        {
            Token = _token.Id,
            Key = _token.Key.ToArray(),
            Node = _token.Node,
            NodeId = joining.NodeId,
            SigningKey = joining.SigningKey,
            WrapKey = joining.WrapKey,
            MeshCertificate = told.MeshChain[0],
            ServerCertificate = told.ServerChain[0],
            Addresses = addresses,
            AdminAddress = admin,
            Generation = generation,
            Signature = joining.Sign(EnrolmentSignature.Bytes(
                "enrolment/complete",
                Text(_token.Id), Text(_token.Node), Text(joining.NodeId), joining.WrapKey, told.MeshChain[0], told.ServerChain[0],
                EnrolmentSignature.Texts(addresses), Text(admin ?? ""), Text(generation.ToString(CultureInfo.InvariantCulture)))),
        };
    }

    private async Task AbortAsync(JoinClient client, JoinStage joining)
    {
        try
        {
            var call = new EnrolmentCall
            {
                Token = _token.Id,
                Key = _token.Key.ToArray(),
                SigningKey = joining.SigningKey,
                Signature = joining.Sign(EnrolmentSignature.Bytes("enrolment/abort", Text(_token.Id))),
            };
            await client.CallAsync("/v1/enrolment/abort", call, MembershipJson.Default.EnrolmentCall, MembershipJson.Lenient.EnrolmentCompleted, CancellationToken.None);
        }
        catch (Exception fault) when (fault is ProblemException or HttpRequestException or IOException or TaskCanceledException)
        {
            // The reservation ends with the token.
        }
    }

    // The generation that has the node, where the cluster was asked for it before.
    private async Task<Generation?> FindAsync(JoinStage joining, CancellationToken cancellation)
    {
        if (!joining.IsAsked || joining.Told is null)
        {
            return null;
        }

        using Sealer known = joining.Open();
        Generation found = await ReadAsync(joining, known, cancellation);
        return IsMember(found, joining) ? found : null;
    }

    // That a token is gone is no answer to whether the node was taken in, nor is a fault, nor that nobody looked.
    private static bool IsRefusal(ProblemDefinition why) => EnrolmentProblems.All.Contains(why) && !IsWithoutToken(why) && why != EnrolmentProblems.EnrolmentLimited;

    // A token goes with the node that it lets in: where the node is not there either, it will not be.
    private static bool IsWithoutToken(ProblemDefinition why) =>
        why == EnrolmentProblems.NotTheCluster || why == EnrolmentProblems.EnrolmentRefused || why == EnrolmentProblems.TokenExpired;

    // A connection of its own each time: that it can be opened is what is to be shown.
    private async Task<Generation> ReadAsync(JoinStage joining, Sealer sealer, CancellationToken cancellation)
    {
        try
        {
            StoreConfiguration settings = StoreHandover.In(StoreOf(joining), joining.Folder, _options.DataDirectory);
            await using IStateStore store = await _options.OpenStore(settings, ClusterOf(joining), sealer, cancellation);
            return await store.ReadCurrentAsync(cancellation)
                ?? throw EnrolmentProblems.StoreUnproven.Exception("the store answers, and holds no state of this cluster", "check the store's prefix on a member");
        }
        catch (ProblemException fault) when (fault.Problem.Definition != EnrolmentProblems.StoreUnproven)
        {
            throw EnrolmentProblems.StoreUnproven.Exception($"the cluster's store cannot be used from this host: {fault.Problem}", "let this host through to etcd, and run the same command again", fault);
        }
    }

    private StoreConfiguration StoreOf(JoinStage joining)
    {
        byte[] told = joining.Unwrap(Enrolment.StorePurpose(ClusterOf(joining), _token.Id), joining.Told?.Store ?? []);
        try
        {
            EnrolmentStore store = JsonSerializer.Deserialize(told, MembershipJson.Lenient.EnrolmentStore) ?? throw new JsonException("null");
            return StoreHandover.Write(store, joining.Folder, _options.DataDirectory);
        }
        catch (JsonException fault)
        {
            throw EnrolmentProblems.EnrolmentAnswerUnusable.Exception("the cluster's answer cannot be used: its store settings cannot be read", null, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(told);
        }
    }

    private void EnsureCluster(Generation seen, EnrolmentBegun begun)
    {
        bool isOurs = seen.Document.Membership.Authorities.Any(authority => Convert.ToHexStringLower(SHA256.HashData(authority.Root)) == _token.CaFingerprint);
        if (!isOurs || seen.Number < begun.Generation)
        {
            throw EnrolmentProblems.StoreUnproven.Exception(
                isOurs ? $"the store shows generation {seen.Number}, the cluster is at {begun.Generation}" : "the store holds the state of a cluster with another root", "check the store's endpoints and prefix on a member");
        }
    }

    private static string ClusterOf(JoinStage joining) => joining.Told?.ClusterId ?? "";

    private static bool IsMember(Generation generation, JoinStage joining) =>
        generation.Document.Membership.Nodes.TryGetValue(joining.NodeName, out NodeDocument? node) && node.Id == joining.NodeId
        && node.SigningKey.AsSpan().SequenceEqual(joining.SigningKey);

    private IEnumerable<string> HostNames()
    {
        string host = Environment.MachineName.ToLowerInvariant();
        IEnumerable<string> own = CertificateNames(host) ? [host] : [];
        return own.Concat((_configuration.Written?.Tls.Names ?? []).Select(static name => name.ToLowerInvariant()))
            .Where(name => name != "localhost" && !string.Equals(name, _token.Node, StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal);

        static bool CertificateNames(string name) => Uri.CheckHostName(name) == UriHostNameType.Dns && !name.Contains('_', StringComparison.Ordinal);
    }

    private void Step(string name) => _options.Step?.Invoke(name);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
