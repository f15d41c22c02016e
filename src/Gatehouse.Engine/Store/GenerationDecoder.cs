using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
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

/// <summary>Opens sealed chunks and puts a whole generation together, or says what is wrong with it.</summary>
internal static class GenerationDecoder
{
    /// <summary>Opens a manifest.</summary>
    /// <exception cref="ProblemException">GH2014, GH2020.</exception>
    public static Manifest OpenManifest(Sealer sealer, long number, ReadOnlySpan<byte> sealedManifest, out string digest)
    {
        byte[] plain = sealer.TryOpen(GenerationFormat.ManifestPath, number, sealedManifest)
            ?? throw Broken(number, "its manifest was changed, is another generation's, or was sealed under another key");
        digest = sealer.NameOf(plain, sealedManifest);
        Manifest manifest = Parse(number, plain, StoreJson.Default.Manifest);
        if (manifest.Format != GenerationFormat.Version)
        {
            throw TooNew(number, manifest.Format);
        }

        return manifest.Number == number ? manifest : throw Broken(number, $"its manifest says {manifest.Number}");
    }

    /// <summary>Puts the documents together; <paramref name="fetch"/> gives a sealed chunk, or null where it is missing.</summary>
    /// <exception cref="ProblemException">GH2014, GH2020.</exception>
    public static ClusterDocument Decode(Sealer sealer, Manifest manifest, Func<string, byte[]?> fetch)
    {
        try
        {
            return new ClusterDocument
            {
                Users = Read(sealer, manifest, manifest.Users, fetch, static b => b.Users)
                    .ToImmutableSortedDictionary(static u => u.Name, static u => u, StringComparer.Ordinal),
                Roles = Read(sealer, manifest, manifest.Roles, fetch, static b => b.Roles)
                    .ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
                Networks = [.. Read(sealer, manifest, manifest.Networks, fetch, static b => b.Networks)],
                AuditPolicy = AuditPolicy(sealer, manifest, fetch),
                Realms = Read(sealer, manifest, manifest.Realms ?? [], fetch, static b => b.Realms)
                    .ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
                Mappings = Read(sealer, manifest, manifest.Mappings ?? [], fetch, static b => b.Mappings)
                    .ToImmutableSortedDictionary(static m => m.Name, static m => m, StringComparer.Ordinal),
                ApiKeys = Read(sealer, manifest, manifest.ApiKeys ?? [], fetch, static b => b.ApiKeys)
                    .ToImmutableSortedDictionary(static k => k.Id, static k => k, StringComparer.Ordinal),
                Certificates = Read(sealer, manifest, manifest.Certificates ?? [], fetch, static b => b.Certificates)
                    .ToImmutableSortedDictionary(static c => c.Serial, static c => c, StringComparer.Ordinal),
                Revocations = Read(sealer, manifest, manifest.Revocations ?? [], fetch, static b => b.Revocations)
                    .ToImmutableSortedDictionary(static r => r.KeyHash, static r => r, StringComparer.Ordinal),
                Membership = Membership(sealer, manifest, fetch),
            };
        }
        catch (ArgumentException)
        {
            throw Broken(manifest.Number, "one name stands in it twice");
        }
    }

    public static ProblemException Broken(long number, string why) =>
        StoreProblems.GenerationBroken.Exception(
            $"generation {number} cannot be loaded: {why}", "the node goes on with the newest generation it has kept; restore the store from a backup");

    private static AuditPolicyDocument AuditPolicy(Sealer sealer, Manifest manifest, Func<string, byte[]?> fetch) =>
        manifest.AuditPolicy is not { IsEmpty: false } parts
            ? AuditPolicyDocument.Default
            : ReadBucket(sealer, manifest, parts, fetch).AuditPolicy ?? throw Broken(manifest.Number, "a chunk holds another kind of document");

    private static MembershipDocument Membership(Sealer sealer, Manifest manifest, Func<string, byte[]?> fetch) =>
        manifest.Membership is not { IsEmpty: false } parts
            ? MembershipDocument.Default
            : ReadBucket(sealer, manifest, parts, fetch).Membership ?? throw Broken(manifest.Number, "a chunk holds another kind of document");

    private static List<T> Read<T>(
        Sealer sealer, Manifest manifest, ImmutableArray<ImmutableArray<string>> buckets, Func<string, byte[]?> fetch, Func<Bucket, ImmutableArray<T>?> select)
    {
        // Chunks come one after the other; opening and parsing them is what takes the time, and that all processors do.
        var turn = new Lock();
        var read = new ImmutableArray<T>[buckets.Length];
        try
        {
            Parallel.For(0, buckets.Length, at => read[at] = buckets[at].IsEmpty
                ? []
                : select(ReadBucket(sealer, manifest, buckets[at], FetchAlone)) ?? throw Broken(manifest.Number, "a chunk holds another kind of document"));
        }
        catch (AggregateException faults)
        {
            // Each of them alone would have ended it; what was first does.
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }

        var documents = new List<T>(read.Sum(static bucket => bucket.Length));
        foreach (ImmutableArray<T> bucket in read)
        {
            documents.AddRange(bucket.AsSpan());
        }

        return documents;

        byte[]? FetchAlone(string name)
        {
            lock (turn)
            {
                return fetch(name);
            }
        }
    }

    private static Bucket ReadBucket(Sealer sealer, Manifest manifest, ImmutableArray<string> parts, Func<string, byte[]?> fetch)
    {
        Bucket bucket = Parse(manifest.Number, Open(sealer, manifest, parts, fetch), StoreJson.Default.Bucket);
        return bucket.Format == GenerationFormat.Version ? bucket : throw TooNew(manifest.Number, bucket.Format);
    }

    private static ReadOnlySpan<byte> Open(Sealer sealer, Manifest manifest, ImmutableArray<string> parts, Func<string, byte[]?> fetch)
    {
        ArrayBufferWriter<byte>? joined = null;
        foreach (string name in parts)
        {
            byte[] stored = fetch(name) ?? throw Broken(manifest.Number, $"chunk {name[..Math.Min(12, name.Length)]} is missing");
            byte[] plain = sealer.TryOpen(GenerationFormat.ChunkPath(name), 0, stored)
                ?? throw Broken(manifest.Number, $"chunk {name[..Math.Min(12, name.Length)]} was changed");
            if (parts.Length == 1)
            {
                return plain;
            }

            joined ??= new ArrayBufferWriter<byte>(GenerationFormat.ChunkBytes * 2);
            joined.Write(plain);
        }

        return joined is null ? [] : joined.WrittenSpan;
    }

    private static T Parse<T>(long number, ReadOnlySpan<byte> json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw Broken(number, "a chunk is empty");
        }
        catch (JsonException fault)
        {
            // A member we do not know means a newer version wrote it: dropping it silently could drop a restriction.
            throw StoreProblems.StoreTooNew.Exception(
                $"generation {number} holds what this version does not understand (at `{fault.Path}`)", "run the version that wrote it, or a newer one", fault);
        }
    }

    private static ProblemException TooNew(long number, int format) =>
        StoreProblems.StoreTooNew.Exception(
            $"generation {number} has format {format}, this version knows {GenerationFormat.Version}", "run the version that wrote it, or a newer one");
}
