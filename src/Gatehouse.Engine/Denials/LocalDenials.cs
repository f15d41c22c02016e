using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Protocols.Mesh;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Denials;

/// <summary>
/// Denials that the cluster state does not hold yet: made while the store is away, here or at a peer. Signed by the node where they
/// were made, kept sealed on disk, in force at once, and taken over into the cluster state when that can be changed again.
/// </summary>
internal sealed class LocalDenials : IMeshNotices, IDisposable
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "denied-locally.sealed";

    /// <summary>Most that are kept; a peer cannot fill memory with them.</summary>
    public const int Most = 1000;

    private const string Place = "denials/local";

    // The store is asked no more often than this while it is away.
    private static readonly TimeSpan MergeEvery = TimeSpan.FromSeconds(3);

    private readonly string _path;
    private readonly NodeTrust _trust;
    private readonly SnapshotHolder _holder;
    private readonly StateChanges _changes;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly SemaphoreSlim _merging = new(1, 1);
    private readonly ITimer _timer;
    private ImmutableSortedDictionary<string, DenialDocument> _all = ImmutableSortedDictionary.Create<string, DenialDocument>(StringComparer.Ordinal);

    public LocalDenials(string dataDirectory, NodeTrust trust, SnapshotHolder holder, StateChanges changes, IAuditTrail trail, TimeProvider time)
    {
        _path = Path.Combine(Path.GetFullPath(dataDirectory), FileName);
        _trust = trust;
        _holder = holder;
        _changes = changes;
        _trail = trail;
        _time = time;
        _timer = time.CreateTimer(_ => Merge(), null, MergeEvery, MergeEvery);
        holder.Swapped += OnSwapped;
    }

    /// <summary>Raised when there is one more, on the thread that took it.</summary>
    public event Action? Added;

    /// <summary>Those that the cluster state does not hold yet.</summary>
    public ImmutableArray<DenialDocument> All => [.. Volatile.Read(ref _all).Values];

    /// <inheritdoc/>
    public ImmutableArray<MeshNotice> Pending =>
        [.. Volatile.Read(ref _all).Select(static one => new MeshNotice(one.Key + one.Value.Time.UtcTicks, JsonSerializer.SerializeToUtf8Bytes(one.Value, DenialJson.Default.DenialDocument)))];

    /// <inheritdoc/>
    public async ValueTask TakeAsync(string peer, ReadOnlyMemory<byte> content)
    {
        Problem? problem;
        try
        {
            problem = JsonSerializer.Deserialize(content.Span, DenialJson.Default.DenialDocument) is { } denial
                ? await TakeAsync(denial, CancellationToken.None)
                : DenialProblems.NotGenuine.Because("it is empty");
        }
        catch (Exception fault) when (fault is JsonException or ProblemException)
        {
            problem = (fault as ProblemException)?.Problem ?? DenialProblems.NotGenuine.Because("it cannot be read");
        }

        if (problem is not null)
        {
            _trail.Write(new AuditEvent
            {
                Action = AuditAction.SecurityConfigChange,
                Outcome = AuditOutcome.Failure,
                Time = _time.GetUtcNow(),
                User = peer,
                Realm = "node",
                Target = "denial",
                Problem = problem.Id,
                Message = problem.Text,
            });
        }
    }

    /// <summary>Reads what was kept and puts it in force. A file that was changed is refused: what it denied must not come back unnoticed.</summary>
    /// <exception cref="ProblemException">GH2085.</exception>
    public void Load()
    {
        if (SecretFile.ReadIfExists(_path) is not { } content)
        {
            return;
        }

        byte[] opened = _trust.NodeSealer.TryOpen(Place, 0, content) ?? throw Broken(null);
        try
        {
            DenialDocument[] kept = JsonSerializer.Deserialize(opened, DenialJson.Default.DenialDocumentArray) ?? throw Broken(null);
            _all = kept.ToImmutableSortedDictionary(static d => DenialDocument.KeyOf(d.Kind, d.Name), static d => d, StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw Broken(fault);
        }

        _holder.Deny([.. _all.Values]);
    }

    /// <summary>Denies somebody at this node, and at all peers that can be reached. Returns the problem, or null.</summary>
    public ValueTask<Problem?> DenyAsync(string kind, string name, string reason, string by, CancellationToken cancellation)
    {
        var denial = new DenialDocument { Kind = kind, Name = name, Reason = reason, By = by, Time = _time.GetUtcNow(), Node = _trust.NodeName };
        denial = denial with { Signature = _trust.Sign(denial.Signed(_trust.ClusterId)) };
        return JsonSerializer.SerializeToUtf8Bytes(denial, DenialJson.Default.DenialDocument).Length > MeshFrame.MaxNotice
            ? new(DenialProblems.CannotDeny.Because("name and reason are too long to be told to the peers"))
            : AddAsync(denial, cancellation);
    }

    /// <summary>Takes over what a peer says, where one of the cluster's nodes has signed it.</summary>
    public async ValueTask<Problem?> TakeAsync(DenialDocument denial, CancellationToken cancellation) =>
        IsGenuine(denial)
            ? await AddAsync(denial, cancellation)
            : DenialProblems.NotGenuine.Because($"a denial of {denial.Kind} `{denial.Name}` is not signed by a node of this cluster");

    /// <summary>
    /// Takes all of them over into the cluster state and forgets them here; nothing happens while the store is away. What another node
    /// has taken over already is forgotten only. Meanwhile more can be denied: a store that is away keeps nobody waiting.
    /// </summary>
    public async ValueTask MergeAsync(CancellationToken cancellation)
    {
        if (!await _merging.WaitAsync(TimeSpan.Zero, cancellation))
        {
            return;
        }

        try
        {
            ImmutableSortedDictionary<string, DenialDocument> all = Volatile.Read(ref _all);
            if (AreThere(all, _holder.Current) || (await _changes.ChangeAsync(
                "gatehouse/denials", $"{all.Count} denials made without the store taken over", document => TakeOver(all, document), cancellation)).Succeeded)
            {
                await ForgetAsync(all, cancellation);
            }
        }
        finally
        {
            _merging.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _holder.Swapped -= OnSwapped;
        _timer.Dispose();
        _merging.Dispose();
        _one.Dispose();
    }

    private static bool AreThere(ImmutableSortedDictionary<string, DenialDocument> all, SecuritySnapshot snapshot) =>
        all.Keys.All(snapshot.Document.Membership.Denied.ContainsKey);

    private static ChangeDecision TakeOver(ImmutableSortedDictionary<string, DenialDocument> all, ClusterDocument document)
    {
        ImmutableSortedDictionary<string, DenialDocument> missing = all.RemoveRange(document.Membership.Denied.Keys);
        return ChangeDecision.To(
            missing.IsEmpty ? document : document with { Membership = document.Membership with { Denied = document.Membership.Denied.AddRange(missing) } });
    }

    private async ValueTask ForgetAsync(ImmutableSortedDictionary<string, DenialDocument> all, CancellationToken cancellation)
    {
        if (all.IsEmpty)
        {
            return;
        }

        await _one.WaitAsync(cancellation);
        try
        {
            _all = _all.RemoveRange(all.Keys);
            Keep();
            _holder.Deny([.. _all.Values]);
        }
        finally
        {
            _one.Release();
        }
    }

    // As soon as the state has them: kept here any longer, one that is lifted there would come back.
    private void OnSwapped(SecuritySnapshot next)
    {
        if (AreThere(Volatile.Read(ref _all), next))
        {
            Merge();
        }
    }

    private void Merge()
    {
        if (!Volatile.Read(ref _all).IsEmpty)
        {
            _ = Task.Run(async () =>
            {
                try
                {
                    await MergeAsync(CancellationToken.None);
                }
                catch (Exception fault) when (fault is ProblemException or ObjectDisposedException)
                {
                    // Kept as they are, in force as they are: the next time tries again.
                }
            });
        }
    }

    private async ValueTask<Problem?> AddAsync(DenialDocument denial, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            string key = DenialDocument.KeyOf(denial.Kind, denial.Name);
            if (_all.ContainsKey(key) || _holder.Current.Document.Membership.Denied.ContainsKey(key))
            {
                return null;
            }

            if (_all.Count >= Most)
            {
                return DenialProblems.TooMany.Because($"this node keeps {Most} denials that the cluster state does not hold yet");
            }

            ImmutableSortedDictionary<string, DenialDocument> before = _all;
            _all = before.Add(key, denial);
            try
            {
                Keep();
            }
            catch (ProblemException fault)
            {
                _all = before;
                return fault.Problem;
            }

            _holder.Deny([.. _all.Values]);
            _trail.Write(new AuditEvent
            {
                Action = AuditAction.SecurityConfigChange,
                Outcome = AuditOutcome.Success,
                Time = _time.GetUtcNow(),
                User = denial.By[(denial.By.IndexOf('/', StringComparison.Ordinal) + 1)..],
                Realm = denial.By.Contains('/', StringComparison.Ordinal) ? denial.By[..denial.By.IndexOf('/', StringComparison.Ordinal)] : null,
                Target = $"denial/{denial.Kind}/{denial.Name}",
                Generation = _holder.Current.Generation,
                Message = $"denied at node {denial.Node} without the store: {denial.Reason}",
            });
        }
        finally
        {
            _one.Release();
        }

        Added?.Invoke();
        return null;
    }

    private void Keep() =>
        SecretFile.Write(_path, _trust.NodeSealer.Seal(Place, 0, JsonSerializer.SerializeToUtf8Bytes([.. _all.Values], DenialJson.Default.DenialDocumentArray)));

    private bool IsGenuine(DenialDocument denial)
    {
        MembershipDocument membership = _holder.Current.Document.Membership;
        if (!DenialKinds.All.Contains(denial.Kind, StringComparer.Ordinal) || !membership.Nodes.TryGetValue(denial.Node, out NodeDocument? node)
            || _holder.Current.Denials.Nodes.Contains(denial.Node))
        {
            return false;
        }

        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(node.SigningKey, out _);
            return key.VerifyData(denial.Signed(_trust.ClusterId), denial.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private ProblemException Broken(Exception? inner) =>
        DenialProblems.KeptBroken.Exception($"`{_path}` does not open with this node's key", "find out who changed it and whom it denied, deny them again, then delete the file", inner);
}

/// <summary>Denials as JSON; unknown and doubled members are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DenialDocument))]
[JsonSerializable(typeof(DenialDocument[]))]
internal sealed partial class DenialJson : JsonSerializerContext;
