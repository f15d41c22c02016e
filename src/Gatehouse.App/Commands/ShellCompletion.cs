using System.Collections.Immutable;

namespace Gatehouse.App.Commands;

/// <summary>Completion for shells: the executable itself says what may follow.</summary>
/// <param name="Name">The shell.</param>
/// <param name="Example">How it is loaded.</param>
/// <param name="Script">The script.</param>
internal sealed record ShellCompletion(string Name, string Example, string Script)
{
    private const string Bash = """
        # bash completion for gatehouse; load it with: source <(gatehouse completion bash)
        _gatehouse() {
          local IFS=$'\n' command="${COMP_WORDS[0]/#\~/$HOME}"
          COMPREPLY=($(compgen -W "$("$command" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _gatehouse gatehouse ./gatehouse

        """;

    private const string Zsh = """
        #compdef gatehouse
        # zsh completion for gatehouse; load it with: source <(gatehouse completion zsh)
        _gatehouse() {
          local line="${(j: :)words[1,CURRENT]}" command="${words[1]/#\~/$HOME}"
          local -a found
          found=("${(@f)$("$command" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          found=("${(@)found:#}")
          if (( ${#found} )); then
            compadd -a found || _files
          else
            _files
          fi
        }
        if (( ! $+functions[compdef] )); then
          autoload -Uz compinit && compinit
        fi
        compdef _gatehouse gatehouse ./gatehouse

        """;

    private const string Fish = """
        # fish completion for gatehouse; put it to ~/.config/fish/completions/gatehouse.fish, or: gatehouse completion fish | source
        function __gatehouse_complete
          set -l line (commandline -cp)
          set -l words (commandline -opc)
          set -l command (string replace -r '^~' $HOME -- $words[1])
          $command "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c gatehouse -a '(__gatehouse_complete)'

        """;

    /// <summary>All of them.</summary>
    public static ImmutableArray<ShellCompletion> All { get; } =
    [
        new("bash", "source <(gatehouse completion bash)", Bash),
        new("zsh", "source <(gatehouse completion zsh)", Zsh),
        new("fish", "gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish", Fish),
    ];
}
