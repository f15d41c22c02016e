using System.Globalization;
using System.Text;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>The keys of one cluster: <c>PREFIX/CLUSTERID/…</c>. Numbers have 19 digits, so that the order of bytes is theirs.</summary>
internal sealed class EtcdKeys(string prefix, string clusterId)
{
    private readonly string _root = $"{prefix}/{clusterId}/";

    /// <summary>Everything of this cluster.</summary>
    public byte[] Root => Bytes("");

    /// <summary>The number in force.</summary>
    public byte[] Current => Bytes("policy/current");

    /// <summary>Changes with every removal of chunks; a commit whose chunks lay there meanwhile is made anew.</summary>
    public byte[] Swept => Bytes("policy/swept");

    /// <summary>Which revision etcd had when.</summary>
    public byte[] Marks => Bytes("policy/marks");

    /// <summary>There while a store is copied to here.</summary>
    public byte[] Moving => Bytes("policy/moving");

    /// <summary>Where manifests begin.</summary>
    public byte[] Generations => Bytes("policy/generation/");

    /// <summary>Where the notes about what a generation added begin.</summary>
    public byte[] Changes => Bytes("policy/change/");

    /// <summary>Where chunks begin.</summary>
    public byte[] Chunks => Bytes("policy/chunk/");

    /// <summary>Where the key ring begins.</summary>
    public byte[] Keyring => Bytes("policy/keyring/");

    /// <summary>Where the marks of writers begin.</summary>
    public byte[] Writers => Bytes("policy/writer/");

    /// <summary>Where runtime state begins.</summary>
    public byte[] RuntimeRoot => Bytes("runtime/");

    public byte[] Generation(long number) => Bytes("policy/generation/" + Number(number));

    public byte[] Change(long number) => Bytes("policy/change/" + Number(number));

    public byte[] Chunk(string name) => Bytes("policy/chunk/" + name);

    public byte[] KeyringEntry(string keyId) => Bytes("policy/keyring/" + keyId);

    public byte[] Writer(string name) => Bytes("policy/writer/" + name);

    public byte[] Runtime(string key) => Bytes("runtime/" + key);

    /// <summary>What follows <paramref name="start"/> in a key, or null where it begins with something else.</summary>
    public static string? After(byte[] start, byte[] key)
    {
        if (!key.AsSpan().StartsWith(start))
        {
            return null;
        }

        try
        {
            return Strict.GetString(key.AsSpan(start.Length));
        }
        catch (DecoderFallbackException)
        {
            // Nobody of us wrote it.
            return null;
        }
    }

    /// <summary>The key after the last one that begins with <paramref name="start"/>.</summary>
    public static byte[] End(byte[] start)
    {
        // Every start ends with ASCII: one more is still a byte.
        byte[] end = [.. start];
        end[^1]++;
        return end;
    }

    /// <summary>The key right after one.</summary>
    public static byte[] Next(byte[] key) => [.. key, 0];

    public static string Number(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] Bytes(string rest) => Encoding.UTF8.GetBytes(_root + rest);
}
