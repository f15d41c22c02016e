using System.Runtime.InteropServices;

namespace Gatehouse.Trust.Tls;

/// <summary>What this process's OpenSSL says of its FIPS provider (fips_module(7), OpenSSL 3).</summary>
public static partial class FipsModule
{
    private const string Library = "libcrypto.so.3";

    /// <summary>Why the process does not run on approved algorithms only; null when it does.</summary>
    public static string? Obstacle()
    {
        try
        {
            return ProviderAvailable(0, "fips") != 1 ? "OpenSSL's FIPS provider is not loaded"
                : DefaultPropertiesFips(0) != 1 ? "OpenSSL's FIPS provider is loaded, but other algorithms are not switched off"
                : Gives("MD5") ? "OpenSSL still gives out MD5"
                : !Gives("SHA2-256") ? "OpenSSL's FIPS provider gives out no SHA-256: its self-test failed"
                : null;
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException)
        {
            return "this host has no OpenSSL 3 to ask";
        }
    }

    private static bool Gives(string digest)
    {
        nint found = FetchDigest(0, digest, 0);
        if (found == 0)
        {
            return false;
        }

        FreeDigest(found);
        return true;
    }

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_available", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProviderAvailable(nint context, string name);

    [LibraryImport(Library, EntryPoint = "EVP_default_properties_is_fips_enabled")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DefaultPropertiesFips(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint FetchDigest(nint context, string algorithm, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_MD_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void FreeDigest(nint digest);
}
