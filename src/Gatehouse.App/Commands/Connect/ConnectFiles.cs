using System.Text;
using Gatehouse.App.Client;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Connect;

/// <summary>The settings file, which only its owner reads, and the CA's certificate beside it.</summary>
internal sealed class ConnectFiles
{
    private const string CaName = "gatehouse-ca.crt";
    private const UnixFileMode Public = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly byte[] _authority;
    private readonly bool _mayReplace;

    /// <summary>Looks whether they could be written. Writes nothing.</summary>
    /// <param name="file">The settings file; null: it is printed instead.</param>
    /// <param name="authority">The file with the cluster's CA.</param>
    /// <param name="product">The product.</param>
    /// <param name="mayReplace">Whether files that are there may be replaced.</param>
    public ConnectFiles(string? file, string authority, Product product, bool mayReplace)
    {
        _mayReplace = mayReplace;
        Source = authority;
        _authority = Authority(authority);
        if (file is null)
        {
            CaFile = $"/etc/{product.Name}/{CaName}";
            return;
        }

        Settings = ProductSettings.Plain(Path.GetFullPath(file));
        string folder = Path.GetDirectoryName(Settings) ?? "/";
        CaFile = Path.Combine(folder, CaName);
        if (!Directory.Exists(folder))
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"there is no folder `{folder}`");
        }

        MayStand(Settings);
        if (File.Exists(CaFile) && !IsSame(CaFile))
        {
            MayStand(CaFile);
        }
    }

    /// <summary>The settings file; null where they are printed.</summary>
    public string? Settings { get; }

    /// <summary>Where the product finds the CA's certificate.</summary>
    public string CaFile { get; }

    /// <summary>Where it lies here.</summary>
    public string Source { get; }

    /// <summary>Writes the CA's certificate. Comes before anything is made, so that a folder that cannot be written ends the command in time.</summary>
    public void WriteAuthority()
    {
        if (Settings is not null)
        {
            SecretFile.Write(CaFile, _authority, Public);
        }
    }

    /// <summary>Writes the settings.</summary>
    public void WriteSettings(string text)
    {
        if (Settings is not null)
        {
            SecretFile.Write(Settings, Encoding.UTF8.GetBytes(text));
        }
    }

    private void MayStand(string path)
    {
        var there = new FileInfo(path);
        if (Directory.Exists(path) || there.LinkTarget is not null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{path}` is {(there.LinkTarget is null ? "a folder" : "a symbolic link")}");
        }

        if (there.Exists && !_mayReplace)
        {
            throw CommandFailure.Refused(AdministrationProblems.AlreadyThere, $"`{path}` is there already", "--force replaces it");
        }
    }

    private bool IsSame(string path)
    {
        try
        {
            return new FileInfo(path).Length == _authority.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(_authority);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static byte[] Authority(string path)
    {
        InputFile file = File.Exists(path)
            ? InputFile.Read(path)
            : throw CommandFailure.CannotRun(AdministrationProblems.UnreadableInput, $"the cluster's CA is not at `{path}`", "run this on the node with its --data DIR, or give it with --ca FILE");
        return Encoding.ASCII.GetString(file.Content).Contains("PRIVATE KEY", StringComparison.Ordinal)
            ? throw CommandFailure.Refused(AdministrationProblems.InvalidValue, $"`{path}` has a private key in it and is given to nobody", "--ca FILE with certificates only")
            : file.Content;
    }
}
