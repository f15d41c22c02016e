using System.Runtime.InteropServices;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;

namespace Gatehouse.Trust.Tls;

/// <summary>
/// The TLS floor of the whole process, as an OpenSSL configuration: TLS 1.2 with ECDHE and AEAD only, TLS 1.3, groups
/// X25519 and P-256. .NET leaves cipher suites and groups alone that such a configuration names, and keeps its shared
/// TLS contexts and session resumption, which an explicit cipher suite policy costs.
/// </summary>
public static partial class OpenSslConfiguration
{
    private const string Variable = "OPENSSL_CONF";
    private const string FileName = "openssl.cnf";
    private const uint CloseOnExec = 1;

    private const string Text = """
        # Written by Gatehouse; changes are overwritten. The floor of every TLS connection of the daemon.
        openssl_conf = gatehouse

        [gatehouse]
        ssl_conf = tls

        [tls]
        system_default = floor

        [floor]
        MinProtocol = TLSv1.2
        CipherString = ECDHE+AESGCM:ECDHE+CHACHA20
        Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256
        Groups = X25519:P-256
        Options = ServerPreference,PrioritizeChaCha,NoRenegotiation

        """;

    // Approved algorithms only (NIST SP 800-52 revision 2): no ChaCha20, no X25519.
    private const string FipsText = """
        # Written by Gatehouse; changes are overwritten. The floor of every TLS connection of the daemon, profile fips.
        MODULEopenssl_conf = gatehouse

        [gatehouse]
        ssl_conf = tls
        PROVIDERS
        [tls]
        system_default = floor

        [floor]
        MinProtocol = TLSv1.2
        CipherString = ECDHE+AESGCM
        Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256
        Groups = P-256:P-384
        Options = ServerPreference,NoRenegotiation

        """;

    private const string Providers = """
        providers = providers
        alg_section = algorithms

        [providers]
        fips = fips_sect
        base = base

        [base]
        activate = 1

        [algorithms]
        default_properties = fips=yes

        """;

    /// <summary>
    /// Puts the floor in force. Main's first statement: it must run before anything loads OpenSSL (hashing, randomness
    /// and certificates do). Needs no file: the configuration lies in memory that the process alone holds.
    /// </summary>
    /// <exception cref="ProblemException">GH3050.</exception>
    public static void Activate() => ActivateText(Text);

    /// <summary>
    /// Puts the floor in force that a configuration file asks for: with profile <c>fips</c> approved algorithms only, and
    /// OpenSSL's FIPS provider where its module is there.
    /// </summary>
    /// <exception cref="ProblemException">GH3050.</exception>
    public static void ActivateFor(string configurationFile) =>
        ActivateText(FipsRequest.Find(configurationFile) is { } request ? Fips(request.Module) : Text);

    /// <summary>The floor of profile <c>fips</c>; <paramref name="module"/> is the configuration of OpenSSL's FIPS module.</summary>
    public static string Fips(string? module)
    {
        bool isThere = module is not null && File.Exists(module) && !module.AsSpan().ContainsAny('\n', '\r');
        return FipsText
            .Replace("MODULE", isThere ? $".include = {module}\n" : "", StringComparison.Ordinal)
            .Replace("PROVIDERS", isThere ? Providers : "", StringComparison.Ordinal);
    }

    private static void ActivateText(string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        int descriptor = CreateMemoryFile("gatehouse-openssl.cnf", CloseOnExec);
        if (descriptor < 0)
        {
            throw Failed("memfd_create: " + Marshal.GetLastPInvokeErrorMessage());
        }

        // The descriptor stays open on purpose: OpenSSL reads it whenever it is first loaded.
        using (FileStream stream = new(new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, 0))
        {
            stream.Write(content);
        }

        Activate($"/proc/self/fd/{descriptor}");
    }

    /// <summary>Puts a configuration file in force; see <see cref="Activate()"/>.</summary>
    /// <exception cref="ProblemException">GH3050.</exception>
    public static void Activate(string path)
    {
        if (!File.Exists(path))
        {
            throw Failed($"`{path}` is not there");
        }

        // .NET copies the environment when it is first listed. Copied before, the variable stays out of the
        // environment of programs that the daemon starts.
        _ = Environment.GetEnvironmentVariables();
        if (SetVariable(Variable, path, 1) != 0)
        {
            throw Failed("setenv: " + Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>Writes the floor as <c>DATA/openssl.cnf</c>, for people and other programs to read; returns the path.</summary>
    /// <exception cref="ProblemException">GH3005.</exception>
    public static string Write(string dataDirectory)
    {
        string path = Path.Combine(Path.GetFullPath(dataDirectory), FileName);
        SecretFile.Write(path, Encoding.ASCII.GetBytes(Text));
        return path;
    }

    private static ProblemException Failed(string why) =>
        TrustProblems.TlsFloorFailed.Exception($"the TLS floor could not be put in force: {why}");

    // libc's own environment: what Environment.SetEnvironmentVariable changes is a copy that OpenSSL never sees.
    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
