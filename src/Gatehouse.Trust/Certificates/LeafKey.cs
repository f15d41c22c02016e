using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;

namespace Gatehouse.Trust.Certificates;

/// <summary>A private key as commands make and keep it. It goes into files and nowhere else.</summary>
public sealed class LeafKey : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private LeafKey(AsymmetricAlgorithm key) => _key = key;

    /// <summary>Its public half.</summary>
    public PublicKey PublicKey => new(_key);

    /// <summary>The key itself; owned by this object.</summary>
    internal AsymmetricAlgorithm Algorithm => _key;

    /// <summary>Makes one.</summary>
    public static LeafKey Make(KeyKind kind) => new(kind switch
    {
        KeyKind.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyKind.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyKind.Rsa2048 => RSA.Create(2048),
        KeyKind.Rsa3072 => RSA.Create(3072),
        _ => RSA.Create(4096),
    });

    /// <summary>Takes up a key made elsewhere, which this object owns from then on.</summary>
    internal static LeafKey Own(AsymmetricAlgorithm key) => new(key);

    /// <summary>Reads PKCS#8 (plain or encrypted), PKCS#1 or SEC 1 as PEM, or plain PKCS#8 as DER.</summary>
    /// <exception cref="ProblemException">GH3104, GH3105.</exception>
    public static LeafKey Read(ReadOnlySpan<byte> content, ReadOnlySpan<char> password)
    {
        Exception? last = null;
        foreach (Func<AsymmetricAlgorithm> make in (ReadOnlySpan<Func<AsymmetricAlgorithm>>)[ECDsa.Create, RSA.Create])
        {
            AsymmetricAlgorithm key = make();
            try
            {
                Import(key, content, password);
                return new LeafKey(key);
            }
            catch (Exception fault) when (fault is CryptographicException or ArgumentException or NotSupportedException)
            {
                last = fault;
                key.Dispose();
            }
        }

        bool isEncrypted = content.IndexOf("ENCRYPTED"u8) >= 0;
        throw isEncrypted
            ? CertificateProblems.PasswordWrong.Exception("the private key does not open with this password", "give the password with --password-file FILE", last)
            : CertificateProblems.CertificateUnreadable.Exception(
                "this is no private key that can be read", "PEM with PRIVATE KEY, ENCRYPTED PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY", last);
    }

    /// <summary>PKCS#8, a secret: clear it after use.</summary>
    public byte[] ExportPkcs8() => _key.ExportPkcs8PrivateKey();

    /// <summary>PKCS#8 as PEM, a secret: write it with <see cref="SecretFile"/> only.</summary>
    public string ExportPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>A signing request (PKCS#10, PEM): the key and the proof that its sender has it; the names are a suggestion.</summary>
    public string MakeRequest(string commonName)
    {
        X500DistinguishedNameBuilder name = new();
        if (commonName.Length > 0)
        {
            name.AddCommonName(commonName);
        }

        return RequestFor(name.Build()).CreateSigningRequestPem() + "\n";
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>A request to sign over this key.</summary>
    internal CertificateRequest RequestFor(X500DistinguishedName name) => _key switch
    {
        ECDsa curve => new CertificateRequest(name, curve, HashFor(curve)),
        RSA rsa => new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        _ => throw new InvalidOperationException("a leaf's key is ECDSA or RSA"),
    };

    /// <summary>The certificate together with this key.</summary>
    internal X509Certificate2 Join(X509Certificate2 certificate) => _key switch
    {
        ECDsa curve => certificate.CopyWithPrivateKey(curve),
        RSA rsa => certificate.CopyWithPrivateKey(rsa),
        _ => throw new InvalidOperationException("a leaf's key is ECDSA or RSA"),
    };

    /// <summary>The hash that is as strong as a curve.</summary>
    internal static HashAlgorithmName HashFor(ECDsa key) => key.KeySize switch
    {
        > 384 => HashAlgorithmName.SHA512,
        > 256 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA256,
    };

    private static void Import(AsymmetricAlgorithm key, ReadOnlySpan<byte> content, ReadOnlySpan<char> password)
    {
        if (content.IndexOf("-----BEGIN "u8) < 0)
        {
            key.ImportPkcs8PrivateKey(content, out int read);
            if (read != content.Length)
            {
                throw new CryptographicException("bytes behind the key");
            }

            return;
        }

        char[] text = new char[content.Length];
        try
        {
            System.Text.Encoding.UTF8.TryGetChars(content, text, out int count);
            if (content.IndexOf("ENCRYPTED PRIVATE KEY"u8) >= 0)
            {
                key.ImportFromEncryptedPem(text.AsSpan(0, count), password);
            }
            else
            {
                key.ImportFromPem(text.AsSpan(0, count));
            }
        }
        finally
        {
            Array.Clear(text);
        }
    }
}
