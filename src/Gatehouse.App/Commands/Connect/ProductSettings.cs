using System.Globalization;
using System.Text;
using Gatehouse.App.Client;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Connect;

/// <summary>A credential: a password, or an API key's two parts.</summary>
/// <param name="User">Whose.</param>
/// <param name="Password">The password; null where it is a key.</param>
/// <param name="KeyId">The key's public part.</param>
/// <param name="KeySecret">The key's secret part.</param>
internal sealed record Credential(string User, string? Password, string? KeyId, string? KeySecret)
{
    /// <summary><c>id:secret</c>, as Beats and Logstash take it.</summary>
    public string Pair => $"{KeyId}:{KeySecret}";

    // The compiler's own text would have the secret in it.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("User = ").Append(User);
        return true;
    }
}

/// <summary>Settings in a product's own syntax.</summary>
/// <param name="Address">The gate of Elasticsearch.</param>
/// <param name="CaFile">Where the product finds the CA's certificate.</param>
/// <param name="PublicAddress">Kibana's own gate, where there is one.</param>
/// <param name="LoadsSetup">Whether the product loads its templates and policies itself.</param>
internal sealed record ProductSettings(Uri Address, string CaFile, Uri? PublicAddress, bool LoadsSetup)
{
    // Each of these syntaxes replaces ${NAME} by a variable, and none needs the others in a path.
    private static readonly System.Buffers.SearchValues<char> Dangerous = System.Buffers.SearchValues.Create("\"'\\${}#%");

    /// <summary>The address with its port, which each product guesses differently where it is missing.</summary>
    public string Host => $"{Address.Scheme}://{Address.Host}:{Port}";

    private string Port => Address.Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>A path that means the same in every one of these syntaxes.</summary>
    public static string Plain(string path) => path.AsSpan().ContainsAny(Dangerous) || path.Any(char.IsControl)
        ? throw CommandFailure.CannotRun(
            AdministrationProblems.CommandLine, "a settings file in a folder of this name is not written: quotes, `\\`, `$`, braces, `#` and `%` mean something in settings", "write it elsewhere and move it")
        : path;

    /// <summary>Writes them.</summary>
    public string Write(Product product, Credential credential)
    {
        string head = $"# {product.Title} and Elasticsearch behind Gatehouse, as user {credential.User}. Whoever reads this can act as it.\n";
        return head + product.Name switch
        {
            "kibana" => Kibana(credential),
            "logstash" => Logstash(credential),
            "fluent-bit" => FluentBit(credential),
            _ => Beat(credential),
        };
    }

    private string Kibana(Credential credential)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"elasticsearch.hosts: [\"{Host}\"]\n");
        text.Append(CultureInfo.InvariantCulture, $"elasticsearch.username: \"{credential.User}\"\nelasticsearch.password: \"{credential.Password}\"\n");
        text.Append(CultureInfo.InvariantCulture, $"elasticsearch.ssl.certificateAuthorities: [\"{CaFile}\"]\nelasticsearch.ssl.verificationMode: full\n");
        text.Append("# Only Kibana's gate reaches Kibana; it speaks https to browsers.\n");
        text.Append("server.host: \"127.0.0.1\"\nserver.port: 5601\n");
        if (PublicAddress is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"server.publicBaseUrl: \"{PublicAddress.GetLeftPart(UriPartial.Authority)}\"\n");
        }

        return text.Append("xpack.security.secureCookies: true\n").ToString();
    }

    private string Logstash(Credential credential)
    {
        var text = new StringBuilder("output {\n  elasticsearch {\n");
        text.Append(CultureInfo.InvariantCulture, $"    hosts => [\"{Host}\"]\n");
        text.Append(credential.Password is null
            ? $"    api_key => \"{credential.Pair}\"\n"
            : $"    user => \"{credential.User}\"\n    password => \"{credential.Password}\"\n");
        text.Append(CultureInfo.InvariantCulture, $"    ssl_enabled => true\n    ssl_certificate_authorities => [\"{CaFile}\"]\n    ssl_verification_mode => \"full\"\n");
        return text.Append("    data_stream => true\n  }\n}\n").ToString();
    }

    private string Beat(Credential credential)
    {
        var text = new StringBuilder("output.elasticsearch:\n");
        text.Append(CultureInfo.InvariantCulture, $"  hosts: [\"{Host}\"]\n");
        text.Append(credential.Password is null
            ? $"  api_key: \"{credential.Pair}\"\n"
            : $"  username: \"{credential.User}\"\n  password: \"{credential.Password}\"\n");
        text.Append(CultureInfo.InvariantCulture, $"  ssl.certificate_authorities: [\"{CaFile}\"]\n  ssl.verification_mode: full\n");
        return text.Append(LoadsSetup ? "" : "# Loaded once by whoever ran the setup: connect with --setup.\nsetup.template.enabled: false\nsetup.ilm.check_exists: false\n").ToString();
    }

    private string FluentBit(Credential credential) => $"""
        [OUTPUT]
            Name                es
            Match               *
            Host                {Address.Host}
            Port                {Port}
            HTTP_User           {credential.User}
            HTTP_Passwd         {credential.Password}
            Index               logs-fluent_bit-default
            Write_Operation     create
            Suppress_Type_Name  On
            tls                 On
            tls.verify          On
            tls.verify_hostname On
            tls.ca_file         {CaFile}

        """.ReplaceLineEndings("\n");
}
