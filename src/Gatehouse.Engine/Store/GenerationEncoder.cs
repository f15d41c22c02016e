using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Engine.Store;

/// <summary>Turns documents into sealed chunks; chunks that the generation before has already are not made again.</summary>
internal sealed class GenerationEncoder
{
    // Room for what sealing adds.
    private const int PartBytes = GenerationFormat.ChunkBytes - Sealer.Overhead;
    private const int RunMask = 511;
    private const int LongestRun = 4096;

    private readonly Sealer _sealer;
    private readonly EncodedGeneration? _previous;
    private readonly HashSet<string> _known;
    private readonly Dictionary<string, byte[]> _chunks = new(StringComparer.Ordinal);

    private readonly long _number;

    private GenerationEncoder(Sealer sealer, EncodedGeneration? previous)
    {
        _sealer = sealer;
        _number = (previous?.Generation.Number ?? 0) + 1;
        _known = previous is null ? [] : previous.Manifest.Names().ToHashSet(StringComparer.Ordinal);

        // Under another data key nothing of the generation before is the same.
        _previous = previous is not null && Sealer.KeyIdOf(previous.SealedManifest) == sealer.KeyId ? previous : null;
    }

    /// <summary>Encodes the generation after <paramref name="previous"/>, sealed under the data key that it names.</summary>
    /// <exception cref="ProblemException">GH2021, GH3022.</exception>
    public static EncodedGeneration Encode(Sealer sealer, EncodedGeneration? previous, ClusterDocument next, ChangeNote note) =>
        new GenerationEncoder(next.Membership.DataKey is { } key ? sealer.Under(key) : sealer, previous).Encode(next, note);

    private EncodedGeneration Encode(ClusterDocument next, ChangeNote note)
    {
        ClusterDocument? before = _previous?.Generation.Document;
        long number = _number;
        Manifest manifest = new()
        {
            Format = GenerationFormat.Version,
            Number = number,
            Actor = note.Actor,
            Summary = note.Summary,
            Time = note.Time,
            Users = Buckets(before?.Users, next.Users, _previous?.Manifest.Users, static (ImmutableArray<UserDocument> list) => new Bucket { Format = GenerationFormat.Version, Users = list }),
            Roles = Buckets(before?.Roles, next.Roles, _previous?.Manifest.Roles, static (ImmutableArray<RoleDocument> list) => new Bucket { Format = GenerationFormat.Version, Roles = list }),
            Networks = Runs(before, next.Networks, out ImmutableArray<int> ends),
            AuditPolicy = AuditPolicy(before, next.AuditPolicy),
            Realms = OptionalBuckets(before?.Realms, next.Realms, _previous?.Manifest.Realms, static (ImmutableArray<RealmDocument> list) => new Bucket { Format = GenerationFormat.Version, Realms = list }),
            Mappings = OptionalBuckets(before?.Mappings, next.Mappings, _previous?.Manifest.Mappings, static (ImmutableArray<MappingDocument> list) => new Bucket { Format = GenerationFormat.Version, Mappings = list }),
            ApiKeys = OptionalBuckets(before?.ApiKeys, next.ApiKeys, _previous?.Manifest.ApiKeys, static (ImmutableArray<ApiKeyDocument> list) => new Bucket { Format = GenerationFormat.Version, ApiKeys = list }),
            Certificates = OptionalBuckets(before?.Certificates, next.Certificates, _previous?.Manifest.Certificates, static (ImmutableArray<CertificateDocument> list) => new Bucket { Format = GenerationFormat.Version, Certificates = list }),
            Revocations = OptionalBuckets(before?.Revocations, next.Revocations, _previous?.Manifest.Revocations, static (ImmutableArray<RevocationDocument> list) => new Bucket { Format = GenerationFormat.Version, Revocations = list }),
            Membership = Membership(before, next.Membership),
        };
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(manifest, StoreJson.Default.Manifest);
        byte[] sealedManifest = _sealer.Seal(GenerationFormat.ManifestPath, number, plain);
        if (sealedManifest.Length > GenerationFormat.ChunkBytes)
        {
            throw StoreProblems.GenerationTooLarge.Exception(
                $"the list of chunks takes {sealedManifest.Length} bytes, {GenerationFormat.ChunkBytes} at most are allowed", "fewer or smaller documents are needed");
        }

        string digest = _sealer.NameOf(plain);
        HashSet<string> names = manifest.Names().ToHashSet(StringComparer.Ordinal);
        return new EncodedGeneration(new Generation(number, digest, next, note), manifest, sealedManifest)
        {
            Added = _chunks,
            Dropped = [.. _known.Where(name => !names.Contains(name))],
            RunEnds = ends,
        };
    }

    private ImmutableArray<ImmutableArray<string>>? OptionalBuckets<T>(
        ImmutableSortedDictionary<string, T>? before,
        ImmutableSortedDictionary<string, T> next,
        ImmutableArray<ImmutableArray<string>>? known,
        Func<ImmutableArray<T>, Bucket> wrap)
        where T : class =>
        next.IsEmpty ? null : Buckets(known is null ? null : before, next, known, wrap);

    private ImmutableArray<ImmutableArray<string>> Buckets<T>(
        ImmutableSortedDictionary<string, T>? before,
        ImmutableSortedDictionary<string, T> next,
        ImmutableArray<ImmutableArray<string>>? known,
        Func<ImmutableArray<T>, Bucket> wrap)
        where T : class
    {
        if (known is { } same && ReferenceEquals(before, next))
        {
            return same;
        }

        int count = GenerationFormat.BucketsFor(next.Count, known?.Length ?? 0);
        bool[] dirty = new bool[count];
        if (before is null || known?.Length != count)
        {
            Array.Fill(dirty, true);
        }
        else
        {
            foreach ((string name, _) in DocumentChanges.Between(before, next))
            {
                dirty[GenerationFormat.Hash(name) & (uint)(count - 1)] = true;
            }
        }

        List<T>?[] lists = new List<T>?[count];
        foreach ((string name, T document) in next)
        {
            uint bucket = GenerationFormat.Hash(name) & (uint)(count - 1);
            if (dirty[bucket])
            {
                (lists[bucket] ??= []).Add(document);
            }
        }

        ImmutableArray<ImmutableArray<string>>.Builder result = ImmutableArray.CreateBuilder<ImmutableArray<string>>(count);
        for (int i = 0; i < count; i++)
        {
            result.Add(!dirty[i] && known is { } kept ? kept[i] : lists[i] is { } list ? Store(wrap([.. list])) : []);
        }

        return result.MoveToImmutable();
    }

    // A run ends where a rule's hash says so. Those before the first change stay, and from where a run ends behind the last
    // change at a rule that ended one before, the rest stays too.
    private ImmutableArray<ImmutableArray<string>> Runs(ClusterDocument? before, ImmutableArray<AddressRule> rules, out ImmutableArray<int> ends)
    {
        ImmutableArray<AddressRule> old = before?.Networks ?? [];
        ImmutableArray<ImmutableArray<string>> oldRuns = _previous?.Manifest.Networks ?? [];
        ImmutableArray<int> oldEnds = _previous is { RunEnds.IsDefault: false } ? _previous.RunEnds : EndsOf(old);
        if (oldEnds.Length != oldRuns.Length)
        {
            (old, oldRuns, oldEnds) = ([], [], []);
        }

        ends = oldEnds;
        if (_previous is not null && before is not null && before.Networks == rules)
        {
            return _previous.Manifest.Networks;
        }

        (int first, int last) = RuleDelta.SameEnds(old, rules);
        ImmutableArray<ImmutableArray<string>>.Builder runs = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        ImmutableArray<int>.Builder newEnds = ImmutableArray.CreateBuilder<int>();

        // The last run may have ended only because there were no more rules.
        int kept = 0;
        while (kept < oldEnds.Length - 1 && oldEnds[kept] <= first)
        {
            kept++;
        }

        runs.AddRange(oldRuns[..kept]);
        newEnds.AddRange(oldEnds[..kept]);
        for (int at = kept == 0 ? 0 : oldEnds[kept - 1]; at < rules.Length;)
        {
            int end = EndOf(rules, at);
            runs.Add(Store(new Bucket { Format = GenerationFormat.Version, Networks = rules[at..end] }));
            newEnds.Add(end);
            at = end;
            int same = at >= rules.Length - last ? oldEnds.BinarySearch(at - rules.Length + old.Length) : -1;
            if (same >= 0)
            {
                runs.AddRange(oldRuns[(same + 1)..]);
                newEnds.AddRange(oldEnds[(same + 1)..].Select(oldEnd => oldEnd - old.Length + rules.Length));
                break;
            }
        }

        ends = newEnds.ToImmutable();
        return runs.ToImmutable();
    }

    private static ImmutableArray<int> EndsOf(ImmutableArray<AddressRule> rules)
    {
        ImmutableArray<int>.Builder ends = ImmutableArray.CreateBuilder<int>();
        for (int at = 0; at < rules.Length; ends.Add(at))
        {
            at = EndOf(rules, at);
        }

        return ends.ToImmutable();
    }

    private static int EndOf(ImmutableArray<AddressRule> rules, int at)
    {
        int most = Math.Min(rules.Length, at + LongestRun);
        while (at < most && (GenerationFormat.Hash(rules[at].Address) & RunMask) != 0)
        {
            at++;
        }

        return Math.Min(most, at + 1);
    }

    private ImmutableArray<string>? AuditPolicy(ClusterDocument? before, AuditPolicyDocument next) =>
        before is not null && _previous is not null && ReferenceEquals(before.AuditPolicy, next) ? _previous.Manifest.AuditPolicy
        : next.Revision == 0 ? null
        : Store(new Bucket { Format = GenerationFormat.Version, AuditPolicy = next });

    private ImmutableArray<string>? Membership(ClusterDocument? before, MembershipDocument next) =>
        before is not null && _previous is not null && ReferenceEquals(before.Membership, next) ? _previous.Manifest.Membership
        : ReferenceEquals(next, MembershipDocument.Default) ? null
        : Store(new Bucket { Format = GenerationFormat.Version, Membership = next });

    private ImmutableArray<string> Store(Bucket bucket)
    {
        ReadOnlySpan<byte> plain = JsonSerializer.SerializeToUtf8Bytes(bucket, StoreJson.Default.Bucket);
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        for (int at = 0; at < plain.Length; at += PartBytes)
        {
            ReadOnlySpan<byte> part = plain[at..Math.Min(plain.Length, at + PartBytes)];
            string name = _sealer.NameOf(part);
            names.Add(name);
            if ((_previous is null || !_known.Contains(name)) && !_chunks.ContainsKey(name))
            {
                _chunks.Add(name, _sealer.Seal(GenerationFormat.ChunkPath(name), 0, part));
            }
        }

        return names.ToImmutable();
    }
}

/// <summary>A generation with its manifest, and what a store must write for it.</summary>
/// <param name="Generation">The generation.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="SealedManifest">The manifest as stored.</param>
internal sealed record EncodedGeneration(Generation Generation, Manifest Manifest, byte[] SealedManifest)
{
    /// <summary>Chunks that the generation before did not have: name and sealed content.</summary>
    public IReadOnlyDictionary<string, byte[]> Added { get; init; } = ImmutableDictionary<string, byte[]>.Empty;

    /// <summary>Where each run of address rules ends; default where that is not known.</summary>
    public ImmutableArray<int> RunEnds { get; init; }

    /// <summary>Names of chunks that only the generation before had.</summary>
    public ImmutableArray<string> Dropped { get; init; } = [];
}
